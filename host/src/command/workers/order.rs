//! Telling workers what to do.

use cofferdam_queue::{WorkerId, WorkerOrder};
use serde_json::json;

use crate::config::nearest;
use crate::context::Context;
use crate::exit::ExitCode;
use crate::failure::Failure;

/// Tells one worker, or all that live; it obeys with its next heartbeat.
pub async fn give(
    worker: Option<WorkerId>,
    order: WorkerOrder,
    context: &Context,
) -> Result<ExitCode, Failure> {
    let store = context.existing_store().await?;
    let told = store.order(worker.clone(), order).await?;
    if let (0, Some(worker)) = (told, &worker) {
        let failure = Failure::new(format!("no live worker `{worker}`: nobody was told"));
        let live = store.workers().await?;
        return Err(match nearest(worker.as_str(), live.iter().map(|view| view.facts.id.as_str())) {
            Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
            None => failure.hint("`cofferdam workers list` shows the live ones"),
        });
    }
    match context.output.is_json() {
        true => context.output.object(&json!({ "told": told, "order": order }))?,
        false => context.output.line(format!("{told} worker(s) told"))?,
    }
    Ok(ExitCode::DONE)
}
