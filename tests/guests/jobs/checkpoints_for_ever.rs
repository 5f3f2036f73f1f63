//! Counts for ever with a checkpoint after each step: can be stopped at any moment.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.checkpoints_for_ever", memory = "2MiB", retries = 0)]
fn checkpoints_for_ever(job: &mut Job) -> Result<()> {
    let mut steps: u64 = job.resume_or_default()?;
    cofferdam_sdk::log::info!("began at step {steps}");
    loop {
        steps += 1;
        job.checkpoint(&steps)?;
        job.progress(steps, None);
    }
}
