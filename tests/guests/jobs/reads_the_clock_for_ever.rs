//! Calls a function of WASI in a tight loop.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.reads_the_clock_for_ever", memory = "2MiB", retries = 0)]
fn reads_the_clock_for_ever() -> Result<()> {
    loop {
        std::hint::black_box(std::time::SystemTime::now());
    }
}
