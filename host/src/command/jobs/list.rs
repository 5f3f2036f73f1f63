//! `cofferdam jobs list`: list jobs, newest first.

use cofferdam_queue::{JobFilter, JobSummary, Kind, Outcome, QueueName, State};

use super::object;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::when;

/// A child's id has its parent's in it, and so on: on a terminal the middle of it is left out.
const ID_CHARS_MAX: usize = 40;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only in this state; may be repeated [default: any]
    #[arg(long, value_name = "STATE")]
    pub state: Vec<State>,
    /// Only of this kind [default: any]
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Only of this queue [default: any]
    #[arg(long, short, value_name = "NAME")]
    pub queue: Option<QueueName>,
    /// At most this many, a number [default: 100]
    #[arg(long, value_name = "N", default_value_t = 100, hide_default_value = true)]
    pub limit: usize,
}

/// Lists.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let filter = JobFilter { states: args.state, kind: args.kind, queue: args.queue, limit: args.limit };
    let jobs = context.existing_store().await?.jobs(filter).await?;
    show(context, &jobs)?;
    if jobs.len() == args.limit && !context.output.is_json() {
        context.output.note(format!("the newest {}; `--limit N` shows more", args.limit));
    }
    Ok(ExitCode::DONE)
}

/// How its last attempt ended; of one that runs that is not known. What ran and is due later
/// without being a retry has snoozed, which is no failure.
fn outcome(job: &JobSummary) -> String {
    match (job.state, job.outcome) {
        (State::Scheduled, Some(Outcome::Failed)) => "snoozed".to_owned(),
        (State::Running, _) => String::new(),
        (_, outcome) => outcome.map(|outcome| outcome.to_string()).unwrap_or_default(),
    }
}

/// One line for each.
pub fn show(context: &Context, jobs: &[JobSummary]) -> Result<(), Failure> {
    let output = context.output;
    if output.is_json() {
        for job in jobs {
            let mut line = object::keys(job)?;
            object::times(&mut line, &["enqueued_at", "at"]);
            output.object(&line)?;
        }
        return Ok(());
    }
    if jobs.is_empty() {
        output.note("no jobs");
    }
    let now = when::now();
    let rows: Vec<Vec<String>> = jobs
        .iter()
        .map(|job| {
            vec![
                output.cut(job.id.as_str(), ID_CHARS_MAX),
                job.kind.to_string(),
                job.queue.to_string(),
                job.state.to_string(),
                outcome(job),
                job.attempt.to_string(),
                when::relative(job.at, now),
                job.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    output.table(&["ID", "KIND", "QUEUE", "STATE", "OUTCOME", "ATTEMPT", "AT", "REASON"], &rows)
}
