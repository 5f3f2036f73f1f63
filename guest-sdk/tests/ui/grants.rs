//! Grants: read or write, by name.

use cofferdam_sdk::prelude::*;

#[job(kind = "a", grants = "flights")]
fn bare(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "b", grants(raed = "flights"))]
fn slip(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "c", grants(read = ["flights", "flights"]))]
fn twice(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "d", grants(read = "/srv/flights"))]
fn path(_: &mut Job) -> Result<()> {
    Ok(())
}

fn main() {}
