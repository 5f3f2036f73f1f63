//! Panics with a message, at a place that the report names.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.panics", memory = "2MiB", retries = 0)]
fn panics() -> Result<()> {
    let rows: [u32; 3] = std::hint::black_box([1, 2, 3]);
    let missing = std::hint::black_box(7);
    assert!(missing < rows.len(), "row {missing} is not there");
    Ok(())
}
