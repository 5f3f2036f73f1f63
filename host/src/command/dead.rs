//! `cofferdam dead`: look at dead jobs, retry and delete them.

mod chosen;
mod delete;
mod list;
mod retry;

use cofferdam_store::{DeadOverflow, Retention};

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::quantity;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam dead list
  cofferdam dead retry --all --kind flights.delays
  cofferdam dead delete january february")]
pub struct Args {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// List dead jobs with their reasons, newest first
    List(list::Args),
    /// Run dead jobs again, from their last checkpoint
    Retry(chosen::Args),
    /// Forget dead jobs, with all that belongs to them
    Delete(chosen::Args),
}

/// Does what was asked.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    match args.asked {
        Asked::List(args) => list::run(args, context).await,
        Asked::Retry(args) => retry::run(args, context).await,
        Asked::Delete(args) => delete::run(args, context).await,
    }
}

/// What is said when there are more dead jobs than the operator wants to keep.
pub fn dead_alert(count: u64, retention: Retention) -> Option<String> {
    let Retention { dead_count, dead_overflow, .. } = retention;
    (dead_overflow == DeadOverflow::Alert && count > dead_count).then(|| {
        let (count, most) = (quantity::count(count), quantity::count(dead_count));
        format!("{count}, more than the {most} of `retention.dead_count`: none goes by itself")
    })
}
