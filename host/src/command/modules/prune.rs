//! `cofferdam modules prune`: remove modules that no kind and no kept job needs.

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Keep the newest of each kind all the same, a number [default: 5]
    #[arg(long, value_name = "N", default_value_t = 5, hide_default_value = true)]
    pub keep: u32,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("not in this build"))
}
