//! Takes a typed input, to be given others.

use cofferdam_sdk::prelude::*;

#[derive(Deserialize)]
struct Input {
    table: Table,
}

#[derive(Deserialize)]
struct Table {
    rows: Vec<u32>,
}

#[job(kind = "guest.wants_rows", memory = "2MiB", retries = 5)]
fn wants_rows(_job: &mut Job, input: Input) -> Result<u32> {
    Ok(input.table.rows.iter().sum())
}
