//! `cofferdam jobs`: look at jobs, wait for them, retry and cancel them.

mod cancel;
mod each;
mod list;
mod logs;
pub mod object;
mod output;
mod retry;
mod show;
mod told;
mod wait;
pub mod why;

pub use list::show as show_list;
pub use wait::wait_and_show;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam jobs list --state running --state retryable
  cofferdam jobs show 01jd6c3e5w --json
  cofferdam jobs wait january --timeout 10m
  cofferdam jobs output january --part rows > rows.csv
  cofferdam jobs logs january --follow")]
pub struct Args {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// List jobs, newest first
    List(list::Args),
    /// Show one job with the report of each attempt
    Show(show::Args),
    /// Wait for the end of a job, and exit with its code
    Wait(wait::Args),
    /// Run dead, cancelled, discarded, scheduled or retryable jobs now
    Retry(retry::Args),
    /// Ask for the end of jobs
    Cancel(cancel::Args),
    /// Show the log lines of a job
    Logs(logs::Args),
    /// Print the result of a job, or one part of its work data
    Output(output::Args),
}

/// Does what was asked.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    match args.asked {
        Asked::List(args) => list::run(args, context).await,
        Asked::Show(args) => show::run(args, context).await,
        Asked::Wait(args) => wait::run(args, context).await,
        Asked::Retry(args) => retry::run(args, context).await,
        Asked::Cancel(args) => cancel::run(args, context).await,
        Asked::Logs(args) => logs::run(args, context).await,
        Asked::Output(args) => output::run(args, context).await,
    }
}
