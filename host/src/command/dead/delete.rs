//! `cofferdam dead delete`: forget dead jobs, with all that belongs to them.

use cofferdam_queue::{JobId, Kind};

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The jobs
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub ids: Vec<JobId>,
    /// All dead jobs
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// With --all: only of this kind [default: any]
    #[arg(long, value_name = "KIND", requires = "all")]
    pub kind: Option<Kind>,
}

/// Does it.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("not in this build"))
}
