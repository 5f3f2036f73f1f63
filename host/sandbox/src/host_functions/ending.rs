//! `fail`, `panic` and `oom`: what a guest says about its own end.

use std::time::Duration;

use super::{Call, E_INVALID, E_STATE, text};
use crate::gate;
use crate::guest::OutOfMemory;
use crate::memory::{span, split};
use crate::report::{Failure, FailureClass};

pub(super) async fn fail(
    caller: Call<'_, '_>,
    class: i32,
    delay_ms: u64,
    message: u32,
    len: u32,
) -> wasmtime::Result<i32> {
    let kept = u64::from(len).min(caller.data().limits.message_bytes);
    gate::enter(caller, kept).await?;
    let message = span(caller, "fail", "msg", message, len)?.first(kept as usize);
    let (memory, guest) = split(caller)?;
    if guest.failure.is_some() {
        return Ok(E_STATE);
    }
    let delay = Some(Duration::from_millis(delay_ms));
    let failure = match class {
        0 => Failure { class: FailureClass::Retry, delay: None },
        1 => Failure { class: FailureClass::RetryIn, delay },
        2 => Failure { class: FailureClass::Discard, delay: None },
        3 => Failure { class: FailureClass::Kill, delay: None },
        4 => Failure { class: FailureClass::Snooze, delay },
        _ => return Ok(E_INVALID),
    };
    let message = text(message.within(memory), guest.limits.message_bytes);
    guest.shared.host.charge("a failure message", message.len() as u64)?;
    guest.failure = Some((failure, message));
    Ok(0)
}

pub(super) async fn panic(
    caller: Call<'_, '_>,
    message: u32,
    len: u32,
    file: u32,
    file_len: u32,
    line: u32,
    column: u32,
) -> wasmtime::Result<i32> {
    let most = caller.data().limits.message_bytes;
    let (kept, file_kept) = (u64::from(len).min(most), u64::from(file_len).min(most));
    gate::enter(caller, kept + file_kept).await?;
    let message = span(caller, "panic", "msg", message, len)?.first(kept as usize);
    let file = span(caller, "panic", "file", file, file_len)?.first(file_kept as usize);
    let (memory, guest) = split(caller)?;
    let (message, file) = (text(message.within(memory), most), text(file.within(memory), most));
    let report = if file.is_empty() {
        format!("panicked: {message}")
    } else {
        format!("panicked at {file}:{line}:{column}: {message}")
    };
    // The first panic is the cause; one while reporting it is not.
    if guest.panic.is_none() {
        guest.shared.host.charge("a panic message", report.len() as u64)?;
        guest.panic = Some(report);
    }
    Ok(0)
}

pub(super) async fn oom(caller: Call<'_, '_>, size_bytes: u64, align_bytes: u64) -> wasmtime::Result<i32> {
    gate::enter(caller, 0).await?;
    caller.data_mut().oom = Some(OutOfMemory { size_bytes, align_bytes });
    Ok(0)
}
