//! Keys: unknown, twice, missing.

use cofferdam_sdk::prelude::*;

#[job(kind = "a", memmory = "16MiB")]
fn slip(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "b", ram = "16MiB")]
fn stranger(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "c", retries = 1, retries = 2)]
fn twice(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job]
fn nothing(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(memory = "16MiB")]
fn nameless(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "d", memmory = "16MB", retry = 5)]
fn all_at_once(_: &mut Job) -> Result<()> {
    Ok(())
}

fn main() {}
