//! A job with `drain = "finish"`: not interrupted by a drain, it ends when a file
//! appears in its grant.

use cofferdam_sdk::prelude::*;

#[job(
    kind = "guest.finishes_first",
    memory = "2MiB",
    drain = "finish",
    retries = 0,
    grants(write = "ledger")
)]
fn finishes_first(job: &mut Job) -> Result<u64> {
    let folder = job.grant("ledger");
    std::fs::write(folder.join("began"), "")?;
    let mut looks = 0_u64;
    while !folder.join("finish").exists() {
        looks += 1;
        // With a checkpoint, so that the drain would have had its chance.
        job.checkpoint(&looks)?;
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(looks)
}
