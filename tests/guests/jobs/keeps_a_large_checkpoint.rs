//! A state over the size limit of checkpoints.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.keeps_a_large_checkpoint", memory = "16MiB", retries = 5)]
fn keeps_a_large_checkpoint(job: &mut Job) -> Result<()> {
    job.checkpoint_bytes(b"small")?;
    job.checkpoint_bytes(&vec![7; (1 << 20) + 1])
}
