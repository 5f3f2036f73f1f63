//! `cofferdam modules list`: list the modules of every kind, newest first.

use cofferdam_queue::Kind;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only of this kind [default: any]
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("not in this build"))
}
