//! Needs more memory the further it comes: traps under its first cap, goes on from its
//! checkpoint under the next, and completes.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.climbs_its_ladder", memory = "4MiB", memory_ladder = ["8MiB", "32MiB"], retries = 0)]
fn climbs_its_ladder(job: &mut Job) -> Result<Vec<u64>> {
    // The caps under which each attempt ran, in order.
    let mut caps: Vec<u64> = job.resume_or_default()?;
    caps.push(job.memory_cap_bytes());
    job.checkpoint(&caps)?;
    let mut held: Vec<Vec<u8>> = Vec::new();
    while held.len() < 16 {
        held.push(std::hint::black_box(vec![1; 1 << 20]));
    }
    Ok(caps)
}
