//! `cofferdam push`: enqueue a job, or a file of jobs.

use std::path::PathBuf;

use cofferdam_queue::{JobId, Kind, QueueName, parse_duration_ms};

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam push flights.delays '{\"path\": \"/flights/january.csv\"}'
  cofferdam push flights.delays @input.json --id january --in 10m
  cofferdam push flights.delays --wait --json
  cofferdam push --bulk jobs.ndjson

A bulk file has one object a line: {\"kind\": ..., \"input\": ...} and, if wanted, \"id\",
\"queue\", \"at\", \"in\". All of it is enqueued, or nothing. With --wait the exit code is
the job's, as `cofferdam run` has it.")]
pub struct Args {
    /// The kind of job
    #[arg(value_name = "KIND", required_unless_present = "bulk")]
    pub kind: Option<Kind>,
    /// Its input: JSON as it stands, @FILE, or - for stdin [default: null]
    #[arg(value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    pub input: Option<String>,
    /// Its id; pushing the same id again enqueues nothing [default: drawn at random]
    #[arg(long, value_name = "ID")]
    pub id: Option<JobId>,
    /// Not before this time, as 2026-03-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", conflicts_with = "in")]
    pub at: Option<String>,
    /// Not before this long from now, as 30s, 10m or 2h [default: now]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    pub r#in: Option<u64>,
    /// Its queue [default: the one its manifest names]
    #[arg(long, short, value_name = "NAME")]
    pub queue: Option<QueueName>,
    /// Wait for its end, and exit with its code
    #[arg(long, conflicts_with = "bulk")]
    pub wait: bool,
    /// A file of jobs, one JSON object a line; - for stdin
    #[arg(long, value_name = "FILE.ndjson", conflicts_with_all = ["kind", "input", "id", "at", "in", "queue"])]
    pub bulk: Option<PathBuf>,
}

/// Pushes.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let _ = (args, context.store().await?);
    Err(Failure::new("cannot push: not in this build"))
}
