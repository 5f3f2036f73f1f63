//! `cofferdam workers list`: list the live workers with what they run.

use cofferdam_queue::{QueueName, Timestamp, WorkerOrder, WorkerView};

use crate::command::jobs::object;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::{quantity, when};

#[derive(Debug, clap::Args)]
pub struct Args {}

/// Lists.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let Args {} = args;
    let workers = context.existing_store().await?.workers().await?;
    let (output, now) = (context.output, when::now());
    if output.is_json() {
        for worker in &workers {
            let mut line = object::keys(worker)?;
            object::times(&mut line, &["started_at", "expires_at"]);
            line.insert("state".to_owned(), state(worker).into());
            output.object(&line)?;
        }
        return Ok(ExitCode::DONE);
    }
    if workers.is_empty() {
        output.note("no worker lives: start one with `cofferdam work`");
    }
    let rows: Vec<Vec<String>> = workers.iter().map(|worker| row(worker, state(worker), now)).collect();
    output.table(&["ID", "STATE", "QUEUES", "RUNNING", "MEMORY", "HEARD", "STARTED", "VERSION"], &rows)?;
    Ok(ExitCode::DONE)
}

fn state(worker: &WorkerView) -> &'static str {
    match (worker.order, worker.quiet) {
        _ if worker.lost => "lost",
        (WorkerOrder::Stop, _) => "stopping",
        (WorkerOrder::Quiet, _) | (_, true) => "quiet",
        (WorkerOrder::Work, false) => "working",
    }
}

fn row(worker: &WorkerView, state: &str, now: Timestamp) -> Vec<String> {
    let facts = &worker.facts;
    let queues: Vec<&str> = facts.queues.iter().map(QueueName::as_str).collect();
    let heard_at = Timestamp(worker.expires_at.0.saturating_sub(facts.lease_ms));
    vec![
        facts.id.to_string(),
        state.to_owned(),
        if queues.is_empty() { "all".to_owned() } else { queues.join(",") },
        format!("{} of {}", worker.running, facts.concurrency),
        format!("{} of {}", quantity::bytes(worker.reserved_bytes), quantity::bytes(facts.budget_bytes)),
        when::relative(heard_at, now),
        when::relative(facts.started_at, now),
        facts.version.clone(),
    ]
}
