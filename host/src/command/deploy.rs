//! `cofferdam deploy`: make modules the newest of their kinds.

use std::path::PathBuf;

use super::declared::Declared;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam deploy delays.wasm report.wasm
  cofferdam deploy wc.wasm --kind text.wc --memory 16MiB --retries 3

A module without a manifest is deployed under its file's name. Workers take the new
module without a restart; attempts that run end on the one they began with.")]
pub struct Args {
    /// The modules
    #[arg(value_name = "JOB.wasm", required = true)]
    pub jobs: Vec<PathBuf>,
    #[command(flatten)]
    pub declared: Declared,
}

/// Deploys.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args.declared.draft(), context.store().await?);
    Err(Failure::new("cannot deploy: this build has no sandbox to inspect modules"))
}
