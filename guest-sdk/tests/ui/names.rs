//! Names: of kinds, queues and grants.

use cofferdam_sdk::prelude::*;

#[job(kind = "Flights Delays")]
fn letters(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "")]
fn empty(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "a", queue = "reports/daily")]
fn queue(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = 7)]
fn number(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "a123456789a123456789a123456789a123456789a123456789a123456789a1234")]
fn long(_: &mut Job) -> Result<()> {
    Ok(())
}

fn main() {}
