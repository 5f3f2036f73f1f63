//! Lets the host hold more and more for it, while its own memory stays small.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.hoards_host_memory", memory = "2MiB", host_allowance = "1MiB", retries = 0)]
fn hoards_host_memory(job: &mut Job) -> Result<()> {
    let chunk = vec![7; 64 << 10];
    loop {
        job.append("rows", &chunk)?;
    }
}
