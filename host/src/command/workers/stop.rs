//! `cofferdam workers stop`: let workers drain and end.

use cofferdam_queue::{WorkerId, WorkerOrder};

use super::order;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The worker, as `workers list` names it
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub id: Option<WorkerId>,
    /// All live workers
    #[arg(long, conflicts_with = "id")]
    pub all: bool,
}

/// Stops.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    order::give(args.id, WorkerOrder::Stop, context).await
}
