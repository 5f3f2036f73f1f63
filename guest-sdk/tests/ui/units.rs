//! Sizes, durations and fuel: without a unit, with a wrong one, out of range.

use cofferdam_sdk::prelude::*;

#[job(kind = "a", memory = "16MB")]
fn decimal(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "b", memory = 16777216)]
fn bare(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "c", memory = "16")]
fn unitless(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "d", timeout = "5 min")]
fn minutes(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "e", timeout = "1.5h")]
fn fraction(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "f", fuel = "much")]
fn words(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "g", memory = "8KiB")]
fn small(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "h", memory = "8GiB")]
fn large(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "i", fuel = "10G", fuel_total = "5G")]
fn total(_: &mut Job) -> Result<()> {
    Ok(())
}

fn main() {}
