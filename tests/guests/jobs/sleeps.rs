//! Sleeps for ever: it uses neither fuel nor memory, only a slot.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.sleeps", memory = "2MiB", retries = 0)]
fn sleeps() -> Result<()> {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}
