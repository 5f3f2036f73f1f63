//! `cofferdam workers quiet`: let workers take no new jobs.

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
    /// Let them take jobs again
    #[arg(long)]
    pub undo: bool,
}

/// Quiets, or lets them work again.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let order = if args.undo { WorkerOrder::Work } else { WorkerOrder::Quiet };
    order::give(args.id, order, context).await
}
