//! Appends to two parts, with a checkpoint after each row; panics on the way if asked to.

use cofferdam_sdk::prelude::*;

#[derive(Deserialize)]
struct Input {
    rows: u64,
    /// Panic in the first attempt after this many, with a chunk that no checkpoint has.
    panic_after: Option<u64>,
}

#[job(kind = "guest.appends_parts", memory = "2MiB", retries = 5)]
fn appends_parts(job: &mut Job, input: Input) -> Result<u64> {
    let first_attempt = !job.is_resumed();
    for row in job.resumable(0..input.rows)? {
        job.append(if row % 2 == 0 { "even" } else { "odd" }, format!("{row}\n"))?;
        if first_attempt && input.panic_after == Some(row) {
            panic!("at row {row}");
        }
    }
    Ok(input.rows)
}
