//! Logs without end; what is over the limit is counted and dropped.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.logs_for_ever", memory = "2MiB", retries = 0)]
fn logs_for_ever() -> Result<()> {
    for line in 0_u64.. {
        cofferdam_sdk::log::info!("line {line}: {}", "x".repeat(200));
    }
    Ok(())
}
