//! The next version of `version_one`.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.version", memory = "2MiB", retries = 25)]
fn version() -> Result<u32> {
    Ok(2)
}
