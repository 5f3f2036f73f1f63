//! What stands in the parentheses, when it is not `key = value`.

use cofferdam_sdk::prelude::*;

const MEMORY: &str = "16MiB";

#[job("flights.delays")]
fn keyless(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "a", retries)]
fn valueless(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "b", memory = MEMORY)]
fn constant(_: &mut Job) -> Result<()> {
    Ok(())
}

fn main() {}
