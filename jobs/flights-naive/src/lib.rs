//! `flights.naive`: the report of `flights.delays`, with every row in memory.
//!
//! How such jobs are often written at first: fine on the file it was tried with,
//! too large on the real one. It goes over its cap in `keep`; the next attempt
//! has the next cap of the ladder and goes on from the last checkpoint.

#[path = "../../flights/src/delays.rs"]
mod delays;

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};

use cofferdam_sdk::prelude::*;
use delays::{Carriers, Report};

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

/// A row as it stands in the file: the values of all columns.
struct Flight(Vec<String>);

const CARRIER: usize = 9;
const ARRIVAL_DELAY: usize = 8;
const ROWS_PER_BATCH: usize = 1000;

#[job(kind = "flights.naive", queue = "reports", memory = "16MiB", memory_ladder = ["64MiB", "256MiB"],
      fuel = "50G", timeout = "1h", retries = 5, grants(read = "flights"))]
fn naive(job: &mut Job, input: Input) -> Result<Report> {
    let mut progress: Progress = job.resume_or_default()?;
    if progress.rows > 0 {
        log::info!("resumed at row {}", progress.rows);
    }
    let path = job.grant("flights").join(&input.file);
    let mut file = BufReader::new(File::open(&path).with_context(|| format!("open `{}`", path.display()))?);
    file.seek(SeekFrom::Start(progress.offset_bytes))?;
    if progress.offset_bytes == 0 {
        progress.offset_bytes = file.read_line(&mut String::new())? as u64;
    }

    // The mistake: it lives as long as the job, and a batch would have done.
    let mut flights = Vec::new();
    loop {
        let counted = flights.len();
        progress.offset_bytes += load(&mut file, &mut flights)?;
        for Flight(columns) in &flights[counted..] {
            let delay = columns.get(ARRIVAL_DELAY).and_then(|minutes| minutes.parse().ok());
            progress.carriers.add(columns.get(CARRIER).map_or("", String::as_str), delay);
        }
        if flights.len() == counted {
            return Ok(progress.carriers.report());
        }
        progress.rows += (flights.len() - counted) as u64;
        job.progress(progress.rows, None);
        job.checkpoint(&progress)?;
    }
}

/// Loads the next batch of rows, and says how many bytes of the file they were.
fn load(file: &mut impl BufRead, flights: &mut Vec<Flight>) -> Result<u64> {
    let mut bytes = 0;
    for _ in 0..ROWS_PER_BATCH {
        let mut line = String::new();
        bytes += file.read_line(&mut line)? as u64;
        if line.is_empty() {
            break;
        }
        keep(flights, line.trim_end());
    }
    Ok(bytes)
}

#[inline(never)]
fn keep(flights: &mut Vec<Flight>, line: &str) {
    let columns = line.split(',').map(str::to_owned).collect();
    flights.push(Flight(columns));
}

#[cfg(test)]
mod tests;
