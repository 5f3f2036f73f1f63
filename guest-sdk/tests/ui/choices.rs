//! Keys with few values, and counts.

use cofferdam_sdk::prelude::*;

#[job(kind = "a", on_memory_limit = "ignore")]
fn policy(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "b", drain = true)]
fn flag(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "c", retries = -1)]
fn negative(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "d", retries = "5")]
fn text(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "e", checkpoint_version = 0)]
fn zero(_: &mut Job) -> Result<()> {
    Ok(())
}

fn main() {}
