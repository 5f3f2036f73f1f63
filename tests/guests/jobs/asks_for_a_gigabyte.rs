//! One allocation far over the cap, with none before it.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.asks_for_a_gigabyte", memory = "4MiB", retries = 0)]
fn asks_for_a_gigabyte() -> Result<usize> {
    Ok(std::hint::black_box(vec![1_u8; 1 << 30]).len())
}
