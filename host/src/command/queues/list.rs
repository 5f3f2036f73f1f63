//! `cofferdam queues list`: list the queues with what waits and runs.

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
    let queues = context.existing_store().await?.queues().await?;
    let output = context.output;
    if output.is_json() {
        for queue in &queues {
            let mut line = object::keys(queue)?;
            object::times(&mut line, &["oldest_at"]);
            output.object(&line)?;
        }
        return Ok(ExitCode::DONE);
    }
    if queues.is_empty() {
        output.note("no queues: there are no jobs yet");
    }
    let now = when::now();
    let rows: Vec<Vec<String>> = queues
        .iter()
        .map(|queue| {
            vec![
                queue.queue.to_string(),
                if queue.paused { "paused" } else { "open" }.to_owned(),
                quantity::count(queue.available),
                quantity::count(queue.running),
                quantity::count(queue.scheduled),
                queue.oldest_at.map(|at| when::relative(at, now)).unwrap_or_default(),
            ]
        })
        .collect();
    output.table(&["QUEUE", "STATE", "AVAILABLE", "RUNNING", "SCHEDULED", "OLDEST"], &rows)?;
    Ok(ExitCode::DONE)
}
