//! `cofferdam workers`: look at live workers, quiet and stop them.

mod list;
mod order;
mod quiet;
mod stop;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam workers list
  cofferdam workers quiet --all
  cofferdam workers stop web1-4711")]
pub struct Args {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// List the live workers with what they run
    List(list::Args),
    /// Let workers take no new jobs
    Quiet(quiet::Args),
    /// Let workers drain and end
    Stop(stop::Args),
}

/// Does what was asked.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    match args.asked {
        Asked::List(args) => list::run(args, context).await,
        Asked::Quiet(args) => quiet::run(args, context).await,
        Asked::Stop(args) => stop::run(args, context).await,
    }
}
