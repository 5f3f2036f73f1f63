//! `cofferdam doctor`: can this machine and its store do the work?

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam doctor
  cofferdam doctor --store sqlite:/srv/jobs.db --json

Exits with 1 when something would keep a worker from working.")]
pub struct Args {}

/// Looks.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let Args {} = args;
    context.store().await?;
    Err(Failure::new("cannot look: not in this build"))
}
