//! Returns its input.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.echoes", memory = "4MiB", retries = 0)]
fn echoes(job: &mut Job) -> Result<String> {
    Ok(String::from_utf8(job.input_bytes()?)?)
}
