//! `cofferdam queues`: look at queues, pause and resume them.

mod list;
mod pause;
mod resume;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam queues list
  cofferdam queues pause reports
  cofferdam queues resume reports")]
pub struct Args {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// List the queues with what waits and runs
    List(list::Args),
    /// Give out no jobs of a queue
    Pause(pause::Args),
    /// Give out the jobs of a queue again
    Resume(resume::Args),
}

/// Does what was asked.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    match args.asked {
        Asked::List(args) => list::run(args, context).await,
        Asked::Pause(args) => pause::run(args, context).await,
        Asked::Resume(args) => resume::run(args, context).await,
    }
}
