//! Loads row after row and keeps them all: the job that people write first.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.hoards_rows", memory = "4MiB", retries = 0)]
fn hoards_rows() -> Result<usize> {
    let mut rows = Vec::new();
    while rows.len() < usize::MAX {
        keep_row(&mut rows);
    }
    Ok(rows.len())
}

#[inline(never)]
fn keep_row(rows: &mut Vec<String>) {
    let row = format!("row {} of a table that is too large for this cap", rows.len());
    rows.push(row);
}
