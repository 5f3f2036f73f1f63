//! `cofferdam run`: one attempt of one job, here and now, without a store.
//!
//! Everything comes from the command line: a configuration is read only when one is named,
//! so that running a module in somebody's checkout trusts nothing that lies there.

pub mod checkpoint_file;
mod drive;
mod kept;
mod outcome;
mod passthrough;
mod payload;
mod plan;
mod progress;
mod report;
mod signals;
mod sink;
mod told;

use std::path::PathBuf;

use cofferdam_queue::Outcome;

use super::declared::Limits;
use crate::config::grant_name;
use crate::context::Context;
use crate::exit::{self, ExitCode};
use crate::failure::Failure;
use crate::module_file::{kind_of_stem, stem};

use outcome::RunOutcome;
use plan::Planned;
use signals::Signals;

#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// The module: an SDK job, or any wasm32-wasip1 command
    #[arg(value_name = "JOB.wasm")]
    pub job: PathBuf,
    /// The payload: JSON as it stands, @FILE, or - for stdin; a command gets it on its stdin [default:
    /// null; a command: what is piped in]
    #[arg(long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    pub input: Option<String>,
    #[command(flatten)]
    pub limits: Limits,
    /// A directory to read, seen by the guest as /NAME; may be repeated [default: none]
    #[arg(long, value_name = "NAME=DIR", value_parser = grant, help_heading = "Grants")]
    pub read: Vec<(String, PathBuf)>,
    /// A directory to read and write, seen by the guest as /NAME; may be repeated [default: none]
    #[arg(long, value_name = "NAME=DIR", value_parser = grant, help_heading = "Grants")]
    pub write: Vec<(String, PathBuf)>,
    /// Keep the newest checkpoint in this file, and go on from it if it is there and of the same
    /// input; removed when the job has completed [default: keep none]
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Write the report to this file, and let the guest's output through all the same [default:
    /// write none]
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub report: Option<PathBuf>,
    /// A command's arguments, after its own name
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<String>,
}

fn help() -> String {
    let codes: Vec<String> =
        exit::TABLE.iter().map(|(code, meaning)| format!("  {code:<4} {meaning}")).collect();
    format!("{EXAMPLES}\n\nExit codes:\n{}\n\n{NOTES}", codes.join("\n"))
}

const EXAMPLES: &str = "\
Examples:
  cofferdam run job.wasm --input '{\"rows\": 3}'
  cofferdam run job.wasm --memory 64MiB --fuel 10G --timeout 30s --json
  cofferdam run wc.wasm --input @book.txt -- -l
  cofferdam run delays.wasm --read flights=/srv/flights --checkpoint delays.checkpoint";

const NOTES: &str = "\
Without --input a job gets `null`, and a command what is piped in, whose end may take as
long as --timeout. Children that the job enqueues are listed, not run. A configuration is
read only when --config names one; its policy binds workers and deploys, not a run.";

fn grant(text: &str) -> Result<(String, PathBuf), String> {
    let (name, dir) = text.split_once('=').ok_or("write NAME=DIR, as `flights=/srv/flights`")?;
    grant_name(name)?;
    if dir.is_empty() {
        return Err(format!("`{name}` names no directory"));
    }
    Ok((name.to_owned(), PathBuf::from(dir)))
}

/// Runs the job.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    // Before anything that takes time: an interruption is never lost.
    let mut signals = Signals::listen()?;
    let (report_file, checkpoint_file) = (args.report.clone(), args.checkpoint.clone());
    let kind = kind_of_stem(&stem(&args.job));
    let sizes = context.config.size_limits();
    // On a thread of its own: what is named may be a pipe that nobody writes to.
    let planning = tokio::task::spawn_blocking(move || plan::plan(args, &sizes));
    let planned = tokio::select! {
        planned = planning => planned.map_err(|error| Failure::new(format!("cannot read the module: {error}")))??,
        exit = signals.next() => {
            let what = report::NOT_BEGUN.to_owned();
            let outcome = RunOutcome::without_guest(Outcome::Interrupted, kind, None, None, what);
            Planned::Ended(Box::new(outcome.ended_by(exit)))
        }
    };
    let outcome = match planned {
        Planned::Ended(ended) => *ended,
        Planned::Run(plan) => drive::drive(*plan, context, &mut signals).await?,
    };
    let output = context.output;
    // Nor may whoever does not read the result hold the process.
    let telling = tokio::task::spawn_blocking(move || {
        report::give(&outcome, report_file.as_deref(), output)?;
        if !output.is_json() {
            told::tell(&outcome, output)?;
        }
        // Last: what could not be told can be had again from it.
        if let Some(file) = checkpoint_file.filter(|_| outcome.report.outcome == Outcome::Completed) {
            checkpoint_file::remove(&file)?;
        }
        Ok(outcome.exit())
    });
    tokio::select! {
        biased;
        told = telling => told.map_err(|error| Failure::new(format!("cannot tell the result: {error}")))?,
        exit = signals.next() => Ok(exit),
    }
}

#[cfg(test)]
mod tests;
