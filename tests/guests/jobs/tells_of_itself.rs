//! Returns what a job can know of itself and of its limits.

use cofferdam_sdk::prelude::*;

#[derive(Serialize)]
struct Told {
    kind: String,
    attempt: u64,
    resumed: bool,
    memory_cap_bytes: u64,
    fuel_cap: Option<u64>,
    timeout_ms: Option<u64>,
    fuel_left: Option<u64>,
    memory_left_bytes: Option<u64>,
    time_left_ms: Option<u64>,
}

#[job(kind = "guest.tells_of_itself", memory = "4MiB", fuel = "1G", timeout = "1m", retries = 0)]
fn tells_of_itself(job: &mut Job) -> Result<Told> {
    Ok(Told {
        kind: job.kind().to_owned(),
        attempt: job.attempt(),
        resumed: job.is_resumed(),
        memory_cap_bytes: job.memory_cap_bytes(),
        fuel_cap: job.fuel_cap(),
        timeout_ms: job.timeout().map(|timeout| timeout.as_millis() as u64),
        fuel_left: job.fuel_left(),
        memory_left_bytes: job.memory_left_bytes(),
        time_left_ms: job.time_left().map(|left| left.as_millis() as u64),
    })
}
