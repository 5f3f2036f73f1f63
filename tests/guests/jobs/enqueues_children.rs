//! Enqueues children, with a checkpoint after each; fails once on the way if asked to.

use cofferdam_sdk::prelude::*;

#[derive(Deserialize)]
struct Input {
    children: u64,
    /// Panic in the first attempt after this many.
    panic_after: Option<u64>,
}

#[job(kind = "guest.enqueues_children", memory = "2MiB", retries = 5)]
fn enqueues_children(job: &mut Job, input: Input) -> Result<u64> {
    let first_attempt = !job.is_resumed();
    for child in job.resumable(0..input.children)? {
        if first_attempt && input.panic_after == Some(child) {
            // Enqueued after the last checkpoint: must be forgotten, and come again.
            job.enqueue("guest.echoes").input(&child).queue("children").send()?;
            panic!("after {child} children");
        }
        job.enqueue("guest.echoes").input(&child).queue("children").send()?;
    }
    Ok(input.children)
}
