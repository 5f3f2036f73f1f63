//! `cofferdam queues pause`: give out no jobs of a queue.

use cofferdam_queue::QueueName;
use serde_json::json;

use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The queue
    #[arg(value_name = "NAME")]
    pub queue: QueueName,
}

/// Pauses.
pub async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    set(args.queue, true, context).await
}

/// Pauses or resumes a queue, which need not have jobs yet.
pub async fn set(queue: QueueName, paused: bool, context: &Context) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    let known = store.queues().await?.iter().any(|view| view.queue == queue);
    store.pause(queue.clone(), paused).await?;
    let output = context.output;
    if output.is_json() {
        output.object(&json!({ "queue": queue, "paused": paused }))?;
        return Ok(ExitCode::DONE);
    }
    match paused {
        true => output.line(format!("{queue}: paused; what runs goes on"))?,
        false => output.line(format!("{queue}: open"))?,
    }
    if !known {
        output.note(format!("queue `{queue}` has no jobs: is its name right?"));
    }
    Ok(ExitCode::DONE)
}
