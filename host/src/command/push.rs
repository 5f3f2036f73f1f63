//! `cofferdam push`: enqueue a job, or a file of jobs.

pub mod bulk;
mod complaint;
mod unanswered;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use cofferdam_queue::{
    EnqueueError, Enqueued, JobId, Kind, NewJob, QueueName, Store, Timestamp, parse_duration_ms,
};
use cofferdam_sandbox::Shape;
use serde_json::json;

use super::jobs;
use super::payload::{self, InputError};
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::when;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cofferdam push flights.delays '{\"path\": \"/flights/january.csv\"}'
  cofferdam push flights.delays @input.json --id january --in 10m
  cofferdam push flights.delays --wait --json
  cofferdam push --bulk jobs.ndjson

A bulk file has one object a line: {\"kind\": ..., \"input\": ...} and, if wanted, \"id\",
\"queue\", \"at\", \"in\". All of it is enqueued, or nothing; in Redis, a server that goes away
in the middle leaves a part, and it is said how many jobs. With --wait the exit code is the
job's, as `cofferdam run` has it.")]
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
    #[arg(long, value_name = "TIME", value_parser = when::parse, conflicts_with = "in")]
    pub at: Option<Timestamp>,
    /// Not before this long from now, as 30s, 10m or 2h, at most ten years [default: now]
    #[arg(long, value_name = "DURATION", value_parser = when::parse_delay_ms)]
    pub r#in: Option<u64>,
    /// Its queue [default: the one its manifest names]
    #[arg(long, short, value_name = "NAME")]
    pub queue: Option<QueueName>,
    /// Wait for its end, and exit with its code
    #[arg(long, conflicts_with = "bulk")]
    pub wait: bool,
    /// With --wait: give up waiting after this long, as 30s or 10m, with 124 [default: never]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms, requires = "wait")]
    pub timeout: Option<u64>,
    /// A file of jobs, one JSON object a line; - for stdin [default: the one job that KIND names]
    #[arg(long, value_name = "FILE.ndjson", conflicts_with_all = ["kind", "input", "id", "at", "in", "queue"])]
    pub bulk: Option<PathBuf>,
}

/// Pushes.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    match &args.bulk {
        Some(file) => push_file(file, context).await,
        None => push_one(args, context).await,
    }
}

async fn push_one(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    // Unwrap safety: clap requires the kind unless there is a bulk file; if that ever
    // changes, this says so.
    let Some(kind) = args.kind else { return Err(Failure::usage("a KIND is needed")) };
    let now = when::now();
    let store = context.store().await?;
    let limit_bytes = store.size_limits().input_bytes;
    let input = payload::read(args.input.as_deref(), limit_bytes).map_err(|error| match error {
        InputError::Unreadable(failure) => failure,
        InputError::TooLarge(too_large) => {
            Failure::new(format!("the input {too_large} by `{}`; nothing was enqueued", store.name()))
                .hint("pass a reference to the data instead, or raise `limits.input`")
        }
    })?;
    if let Err(why) = payload::check_json(&input)
        && !is_command(&*store, &kind).await?
    {
        return Err(not_json(&why, args.input.as_deref()));
    }
    let id = args.id.clone().unwrap_or_else(|| JobId::drawn(now, rand::random()));
    let due_at = args.at.or(args.r#in.map(|after_ms| now + after_ms));
    let job = NewJob { id: id.clone(), kind, queue: args.queue, input, due_at };
    let replies = store.enqueue(vec![job]).await.map_err(|error| unanswered::one(error, &id))?;
    // Nobody else draws the same id: what is there under it came with a try whose answer was lost.
    let is_new = args.id.is_none() || matches!(replies.first(), Some(Enqueued::New(_)));
    if !is_new {
        context.output.note(format!("a job `{id}` is in this store already: it was not enqueued again"));
    }
    if args.wait {
        return jobs::wait_and_show(context, &*store, &id, args.timeout).await;
    }
    let told = match context.output.is_json() {
        true => context.output.object(&json!({ "id": id, "enqueued": is_new })),
        // The id alone, so that `ID=$(cofferdam push ...)` is one.
        false => context.output.line(id.as_str()),
    };
    told.map_err(|failure| failure.hint(format!("the job is in the store all the same, as `{id}`")))?;
    Ok(ExitCode::DONE)
}

/// A command reads any bytes on its stdin. Asked only about input that is not JSON:
/// it costs reading the module.
async fn is_command(store: &dyn Store, kind: &Kind) -> Result<bool, Failure> {
    let pointers = store.pointers().await?.pointers;
    let newest = pointers.into_iter().find(|pointer| pointer.current && pointer.kind == *kind);
    // An unknown kind is refused by the store, with those that are near it.
    let Some(newest) = newest else { return Ok(true) };
    let wasm = store.fetch(newest.module).await?.unwrap_or_default();
    Ok(cofferdam_sandbox::inspect(&wasm).is_ok_and(|inspection| inspection.shape == Shape::Command))
}

fn not_json(why: &str, given: Option<&str>) -> Failure {
    let failure = Failure::new(format!("the input {why}; nothing was enqueued"));
    match given {
        Some(given) if given != "-" && !given.starts_with('@') => {
            failure.hint("text is JSON in double quotes: '\"Ada\"'; a file is named as `@FILE`")
        }
        _ => failure,
    }
}

async fn push_file(file: &Path, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.store().await?;
    let whole: Bytes = bulk::read(file)?;
    let at_line = |line: u32, why: &str| {
        Failure::new(format!("{}:{line}: {why}; nothing was enqueued", file.display()))
    };
    let mut bulk = bulk::parse(&whole, when::now()).map_err(|(line, why)| at_line(line, &why))?;
    let jobs = std::mem::take(&mut bulk.jobs);
    let replies = store.enqueue(jobs).await.map_err(|error| match &error {
        EnqueueError::UnknownKind { index, .. } | EnqueueError::InputTooLarge { index, .. } => {
            at_line(bulk.line(*index), &error.to_string())
        }
        EnqueueError::Store(_) => unanswered::many(error),
    })?;
    let is_existing = |(reply, named): &(&Enqueued, &bool)| **named && matches!(reply, Enqueued::Exists(_));
    let existing = replies.iter().zip(bulk.named()).filter(is_existing).count();
    let enqueued = replies.len() - existing;
    let told = match context.output.is_json() {
        true => context.output.object(&json!({ "enqueued": enqueued, "existing": existing })),
        false => context.output.line(match existing {
            0 => format!("enqueued {enqueued} jobs"),
            _ => format!("enqueued {enqueued} jobs; {existing} were there already, by their ids"),
        }),
    };
    told.map_err(|failure| {
        failure.hint(format!("{enqueued} jobs of `{}` were enqueued all the same", file.display()))
    })?;
    Ok(ExitCode::DONE)
}
