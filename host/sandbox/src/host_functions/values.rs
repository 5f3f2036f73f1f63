//! Input, output and the checkpoint to resume from: values handed over whole.

use bytes::Bytes;

use super::{Call, E_NONE, E_STATE, E_TOO_LARGE, as_result};
use crate::gate;
use crate::memory::{Span, span, split};

pub(super) async fn input(caller: Call<'_, '_>, buffer: u32, cap: u32) -> wasmtime::Result<i32> {
    let value = caller.data().input.clone();
    hand_over(caller, "input", &value, buffer, cap).await
}

pub(super) async fn resume(caller: Call<'_, '_>, buffer: u32, cap: u32) -> wasmtime::Result<i32> {
    let Some(state) = caller.data().resume.clone() else {
        gate::enter(caller, 0).await?;
        span(caller, "resume", "buf", buffer, cap)?;
        return Ok(E_NONE);
    };
    hand_over(caller, "resume", &state, buffer, cap).await
}

/// The whole value if it fits, else nothing; its length in either case.
pub(super) async fn hand_over(
    caller: Call<'_, '_>,
    call: &'static str,
    value: &[u8],
    buffer: u32,
    cap: u32,
) -> wasmtime::Result<i32> {
    let fits = value.len() <= cap as usize;
    gate::enter(caller, if fits { value.len() as u64 } else { 0 }).await?;
    let buffer: Span = span(caller, call, "buf", buffer, cap)?;
    if fits {
        let (memory, _) = split(caller)?;
        buffer.first(value.len()).within_mut(memory).copy_from_slice(value);
    }
    Ok(as_result(value.len()))
}

pub(super) async fn output(caller: Call<'_, '_>, pointer: u32, len: u32) -> wasmtime::Result<i32> {
    gate::enter(caller, u64::from(len)).await?;
    let value = span(caller, "output", "ptr", pointer, len)?;
    let (memory, guest) = split(caller)?;
    if guest.output.is_some() || guest.failure.is_some() {
        return Ok(E_STATE);
    }
    if value.len() as u64 > guest.limits.output_bytes {
        return Ok(E_TOO_LARGE);
    }
    guest.shared.host.charge("the output", value.len() as u64)?;
    guest.output = Some(Bytes::copy_from_slice(value.within(memory)));
    Ok(0)
}
