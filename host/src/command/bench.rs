//! `cofferdam bench`: push, pickup and throughput of a store and a worker, measured.

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam bench --jobs 50000 --store sqlite:bench.db
  cofferdam bench --jobs 1000 --store sqlite:bench.db --json

Use a store of its own: its jobs are left in it.")]
pub struct Args {
    /// How many no-op jobs to push and run, a number [default: 10000]
    #[arg(long, value_name = "N", default_value_t = 10_000, hide_default_value = true)]
    pub jobs: u64,
    /// The most attempts at once, a number [default: as `work`]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: Option<u32>,
}

/// Measures.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("cannot measure: not in this build"))
}
