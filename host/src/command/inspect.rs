//! `cofferdam inspect`: what a module is and declares, without running it.

use std::path::PathBuf;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam inspect job.wasm
  cofferdam inspect job.wasm --json

Exits with 126 when the module would be refused, and says why.")]
pub struct Args {
    /// The module
    #[arg(value_name = "JOB.wasm")]
    pub job: PathBuf,
}

/// Inspects.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = context;
    Err(Failure::new(format!("cannot inspect `{}`: this build has no sandbox", args.job.display())))
}
