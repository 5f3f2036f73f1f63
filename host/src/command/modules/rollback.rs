//! `cofferdam modules rollback`: point a kind to a module that was deployed as it before.

use cofferdam_queue::{Kind, ModuleHash};

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The kind
    #[arg(value_name = "KIND")]
    pub kind: Kind,
    /// The module, as sha256:... [default: the one before the present one]
    #[arg(long, value_name = "MODULE")]
    pub to: Option<ModuleHash>,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("not in this build"))
}
