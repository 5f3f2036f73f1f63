//! `flights.delays`: how late do flights arrive, in all and for each carrier?
//!
//! Reads a file of any size row by row, in a few hundred kilobytes of memory.
//! Its state is the byte offset of the next row and the sums so far, so that an
//! attempt goes on where the last one was cut short.

mod delays;
mod table;

use cofferdam_sdk::prelude::*;
use delays::{Carriers, Report};
use table::Table;

#[derive(Deserialize)]
struct Input {
    /// A CSV file in the grant `flights`.
    file: String,
}

#[derive(Default, Deserialize, Serialize)]
struct Progress {
    offset_bytes: u64,
    rows: u64,
    carriers: Carriers,
}

/// A checkpoint costs about as much as ten rows: every hundredth is cheap, and
/// little is done again.
const ROWS_PER_CHECKPOINT: u64 = 100;

#[job(kind = "flights.delays", queue = "reports", memory = "16MiB", memory_ladder = ["64MiB", "256MiB"],
      fuel = "50G", timeout = "1h", retries = 5, grants(read = "flights"))]
fn delays(job: &mut Job, input: Input) -> Result<Report> {
    let mut progress: Progress = job.resume_or_default()?;
    if progress.rows > 0 {
        log::info!("resumed at row {}", progress.rows);
    }
    let mut table = Table::open(&job.grant("flights").join(&input.file))?;
    table.go_to(progress.offset_bytes)?;

    while let Some(row) = table.next_row()? {
        progress.carriers.add(row.carrier, row.arrival_delay_minutes);
        progress.rows += 1;
        if progress.rows.is_multiple_of(ROWS_PER_CHECKPOINT) {
            progress.offset_bytes = table.offset_bytes();
            job.progress(progress.offset_bytes, table.size_bytes());
            job.checkpoint(&progress)?;
        }
    }
    log::info!("read {} rows", progress.rows);
    Ok(progress.carriers.report())
}

#[cfg(test)]
mod tests;
