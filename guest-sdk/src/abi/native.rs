//! The same functions on the author's machine, answered by the test host.

use super::{E_INVALID, Uninit};
use crate::testing::host::{self, TestHost};

fn copied(value: &[u8], buf: &mut Uninit) -> i32 {
    if value.len() <= buf.len() {
        for (slot, byte) in buf.iter_mut().zip(value) {
            slot.write(*byte);
        }
    }
    i32::try_from(value.len()).unwrap_or(i32::MAX)
}

pub(crate) fn input(buf: &mut Uninit) -> i32 {
    host::with(|host| copied(&host.input, buf))
}

pub(crate) fn output(bytes: &[u8]) -> i32 {
    host::with(|host| host.output(bytes))
}

pub(crate) fn resume(buf: &mut Uninit) -> i32 {
    host::with(|host| host.resumed.state.as_ref().map_or(super::E_NONE, |state| copied(state, buf)))
}

pub(crate) fn checkpoint(state: &[u8], mode: i32) -> i32 {
    if ![super::CHECKPOINT_COALESCED, super::CHECKPOINT_NOW].contains(&mode) {
        return E_INVALID;
    }
    host::with(|host| host.checkpoint(state)).unwrap_or_else(|host::Interrupted| {
        // The host's call would not return. Not a panic: no hook runs, nothing is printed.
        std::panic::resume_unwind(Box::new(host::Interrupted))
    })
}

pub(crate) fn append(part: &str, bytes: &[u8]) -> i32 {
    host::with(|host| host.append(part, bytes))
}

pub(crate) fn enqueue(spec: &[u8], id: &mut Uninit) -> i32 {
    host::with(|host| match host.enqueue(spec) {
        Ok(child) => copied(child.as_bytes(), id),
        Err(code) => code,
    })
}

pub(crate) fn progress(done: u64, total: u64, message: &str) -> i32 {
    host::with(|host| host.progress(done, total, message))
}

pub(crate) fn log(level: i32, line: &str) -> i32 {
    // The logger is the whole process's; lines from outside of a job are the test's own.
    if host::is_running() { host::with(|host| host.log(level, line)) } else { 0 }
}

pub(crate) fn stop_requested() -> i32 {
    host::with(|host| i32::from(host.stop_requested()))
}

pub(crate) fn info(buf: &mut Uninit) -> i32 {
    host::with(|host| copied(host.info().to_string().as_bytes(), buf))
}

pub(crate) fn left(which: i32) -> i64 {
    host::with(|host| host.left(which))
}

pub(crate) fn fail(class: i32, delay_ms: u64, message: &str) -> i32 {
    host::with(|host: &mut TestHost| host.fail(class, delay_ms, message))
}
