//! Calls a host function in a tight loop, and never looks at its answer.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.calls_the_host_for_ever", memory = "2MiB", retries = 0)]
fn calls_the_host_for_ever(job: &mut Job) -> Result<()> {
    loop {
        std::hint::black_box(job.stop_requested());
    }
}
