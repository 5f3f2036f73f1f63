//! Asks for more than its cap with `on_memory_limit = "deny"`, hears no, and goes on.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.lives_with_a_refusal", memory = "4MiB", on_memory_limit = "deny", retries = 0)]
fn lives_with_a_refusal() -> Result<&'static str> {
    // Seen from outside: memory that nobody uses need not be asked for.
    let mut wish: Vec<u8> = std::hint::black_box(Vec::new());
    let reserved = wish.try_reserve_exact(64 << 20);
    std::hint::black_box(&wish);
    match reserved {
        Ok(()) => bail!("64 MiB were given under a cap of 4 MiB"),
        Err(_refused) => Ok("did with less"),
    }
}
