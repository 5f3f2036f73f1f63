//! A chunk over the size limit of appended data.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.appends_a_large_chunk", memory = "16MiB", retries = 5)]
fn appends_a_large_chunk(job: &mut Job) -> Result<()> {
    job.append("rows", vec![7; (1 << 20) + 1])
}
