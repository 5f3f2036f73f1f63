//! Recurses without end.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.overflows_its_stack", memory = "4MiB", retries = 0)]
fn overflows_its_stack() -> Result<u64> {
    Ok(deeper(1))
}

#[inline(never)]
#[expect(unconditional_recursion, reason = "this is what the guest is for")]
fn deeper(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 8]);
    deeper(depth + 1) + frame[3]
}
