//! `demo.spin`: looks for a number that is not there, until its fuel is spent.

use cofferdam_sdk::prelude::*;

#[job(kind = "demo.spin", memory = "2MiB", fuel = "1G", timeout = "1m", retries = 0)]
fn spin() -> Result<u64> {
    let mut number: u64 = 1;
    // An odd number times an odd number is never even, wrapped around or not.
    while number % 2 == 1 {
        number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005));
    }
    Ok(number)
}
