//! Is refused memory with `on_memory_limit = "deny"` and cannot live with it.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.panics_after_a_refusal", memory = "4MiB", on_memory_limit = "deny", retries = 0)]
fn panics_after_a_refusal() -> Result<usize> {
    // Seen from outside: memory that nobody uses need not be asked for.
    let mut wish: Vec<u8> = std::hint::black_box(Vec::new());
    if wish.try_reserve_exact(64 << 20).is_err() {
        panic!("no memory, no result");
    }
    Ok(wish.capacity())
}
