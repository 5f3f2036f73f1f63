//! Functions that cannot be a job.

use cofferdam_sdk::prelude::*;

#[job(kind = "a")]
async fn waits(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "b")]
fn generic<T>(_: &mut Job, _: T) -> Result<()> {
    Ok(())
}

#[job(kind = "c")]
fn input_first(_: u32, _: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "c")]
fn no_job(_: u32, _: u32) -> Result<()> {
    Ok(())
}

#[job(kind = "d")]
fn not_mutable(_: &Job, _: u32) -> Result<()> {
    Ok(())
}

#[job(kind = "e")]
fn lent(_: &mut Job, _: &str) -> Result<()> {
    Ok(())
}

#[job(kind = "f")]
fn two_inputs(_: &mut Job, _: u32, _: u32) -> Result<()> {
    Ok(())
}

#[job(kind = "g")]
fn silent(_: &mut Job) {}

#[job(kind = "h")]
extern "C" fn foreign(_: &mut Job) -> Result<()> {
    Ok(())
}

#[job(kind = "i")]
struct NotAFunction;

fn main() {}
