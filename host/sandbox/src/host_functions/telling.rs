//! `progress` and `log`: seen at once, part of no commit.

use super::{Call, E_INVALID, text};
use crate::effects::Progress;
use crate::gate;
use crate::memory::{span, split};
use crate::report::{LogLevel, LogLine};

/// What a kept line takes besides its text, rounded up.
const LINE_BYTES: u64 = 64;

pub(super) async fn progress(
    caller: Call<'_, '_>,
    done: u64,
    total: u64,
    message: u32,
    len: u32,
) -> wasmtime::Result<i32> {
    let kept = u64::from(len).min(caller.data().limits.message_bytes);
    gate::enter(caller, kept).await?;
    let message = span(caller, "progress", "msg", message, len)?.first(kept as usize);
    let (memory, guest) = split(caller)?;
    let message = text(message.within(memory), guest.limits.message_bytes);
    guest.shared.host.charge("a progress message", message.len() as u64)?;
    let progress = Progress { done, total, message };
    if let Some(live) = &guest.live {
        live.progress(&progress);
    }
    let replaced_bytes = guest.shared.ledger().report_progress(progress);
    guest.shared.host.release(replaced_bytes);
    Ok(0)
}

pub(super) async fn log(caller: Call<'_, '_>, level: i32, pointer: u32, len: u32) -> wasmtime::Result<i32> {
    let kept = u64::from(len).min(caller.data().limits.log_line_bytes);
    gate::enter(caller, kept).await?;
    let line = span(caller, "log", "ptr", pointer, len)?.first(kept as usize);
    let Some(level) = level_from(level) else { return Ok(E_INVALID) };
    let (memory, guest) = split(caller)?;
    let text = text(line.within(memory), guest.limits.log_line_bytes);
    if !guest.shared.ledger().admit_line(text.len() as u64, &guest.limits) {
        return Ok(0);
    }
    let line = LogLine { at: guest.began.elapsed(), level, text };
    let charged_bytes = line.text.len() as u64 + LINE_BYTES;
    guest.shared.host.charge("a log line", charged_bytes)?;
    if let Some(live) = &guest.live {
        live.log(&line);
    }
    guest.shared.ledger().log(line, charged_bytes);
    Ok(0)
}

fn level_from(level: i32) -> Option<LogLevel> {
    Some(match level {
        1 => LogLevel::Error,
        2 => LogLevel::Warn,
        3 => LogLevel::Info,
        4 => LogLevel::Debug,
        5 => LogLevel::Trace,
        _ => return None,
    })
}
