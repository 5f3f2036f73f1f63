//! A result over the size limit of outputs.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.returns_a_large_output", memory = "16MiB", retries = 5)]
fn returns_a_large_output() -> Result<String> {
    Ok("x".repeat(1 << 20))
}
