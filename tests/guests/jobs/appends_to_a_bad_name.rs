//! A part whose name has characters that names do not have.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.appends_to_a_bad_name", memory = "2MiB", retries = 5)]
fn appends_to_a_bad_name(job: &mut Job) -> Result<()> {
    job.append("../rows", "x")
}
