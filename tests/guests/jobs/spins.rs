//! An endless loop that calls nobody.

use cofferdam_sdk::prelude::*;

#[job(kind = "guest.spins", memory = "2MiB", retries = 0)]
fn spins() -> Result<u64> {
    let mut number: u64 = 1;
    while number % 2 == 1 {
        number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005));
    }
    Ok(number)
}
