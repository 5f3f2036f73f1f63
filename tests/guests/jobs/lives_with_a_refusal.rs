//! Asks for more than its cap with `on_memory_limit = "deny"`, hears no, and goes on.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.lives_with_a_refusal", memory = "4MiB", on_memory_limit = "deny", retries = 0)]
fn lives_with_a_refusal() -> Result<&'static str> {
    let mut wish: Vec<u8> = Vec::new();
    match wish.try_reserve_exact(64 << 20) {
        Ok(()) => bail!("64 MiB were given under a cap of 4 MiB"),
        Err(_refused) => Ok("did with less"),
    }
}
