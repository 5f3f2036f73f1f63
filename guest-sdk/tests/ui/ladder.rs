//! The memory ladder climbs, from `memory` upwards.

use cofferdam_sdk::prelude::*;

#[job(kind = "a", memory = "16MiB", memory_ladder = ["64MiB", "64MiB"])]
fn level(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "b", memory = "64MiB", memory_ladder = ["16MiB", "256MiB"])]
fn below(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "c", memory_ladder = ["64MiB"])]
fn below_the_default(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "d", memory_ladder = [67108864])]
fn numbers(_: &mut Job) -> Result<()> {
    Ok(())
}

fn main() {}
