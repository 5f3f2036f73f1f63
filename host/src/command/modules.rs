//! `cofferdam modules`: look at deployed modules, roll back and prune them.

mod list;
mod prune;
mod rollback;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam modules list
  cofferdam modules rollback flights.delays
  cofferdam modules prune --keep 3")]
pub struct Args {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// List the modules of every kind, newest first
    List(list::Args),
    /// Point a kind to a module that was deployed as it before
    Rollback(rollback::Args),
    /// Remove modules that no kind and no kept job needs
    Prune(prune::Args),
}

/// Does what was asked.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    match args.asked {
        Asked::List(args) => list::run(args, context).await,
        Asked::Rollback(args) => rollback::run(args, context).await,
        Asked::Prune(args) => prune::run(args, context).await,
    }
}
