//! `checkpoint`: the newest pair of state and effects, kept until somebody
//! takes it. Returns at once unless the guest asked to wait, or records faster
//! than it is made durable; does not return when the attempt is to stop.

use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;

use super::{Call, E_INVALID, E_STATE, E_TOO_LARGE};
use crate::attempt::Leave;
use crate::control::Shared;
use crate::gate;
use crate::ledger::Closed;
use crate::memory::{span, split};

const COALESCED: i32 = 0;
const NOW: i32 = 1;

pub(super) async fn checkpoint(
    caller: Call<'_, '_>,
    pointer: u32,
    len: u32,
    mode: i32,
) -> wasmtime::Result<i32> {
    gate::enter(caller, u64::from(len)).await?;
    let state = span(caller, "checkpoint", "ptr", pointer, len)?;
    let (memory, guest) = split(caller)?;
    if guest.failure.is_some() {
        return Ok(E_STATE);
    }
    if mode != COALESCED && mode != NOW {
        return Ok(E_INVALID);
    }
    if state.len() as u64 > guest.limits.checkpoint_bytes {
        return Ok(E_TOO_LARGE);
    }
    let shared = &guest.shared;
    // Charged before the state that it replaces is let go: for a moment there
    // are both.
    shared.host.charge("a checkpoint", state.len() as u64)?;
    let state = Bytes::copy_from_slice(state.within(memory));
    let (closed, is_behind) = close(shared, state, mode == NOW);
    if let Some(stop) = shared.stop_requested() {
        return Err(Leave::Stopped(stop).into());
    }
    if mode == NOW || is_behind {
        let shared = guest.shared.clone();
        gate::wait(caller, durable(&shared, closed.checkpoint_no)).await?;
    }
    Ok(0)
}

/// Into the ledger; true when the guest is further ahead of the store than is
/// good for its allowance.
fn close(shared: &Shared, state: Bytes, now: bool) -> (Closed, bool) {
    let mut ledger = shared.ledger();
    let closed = ledger.checkpoint(state, now);
    let mut louder = closed.louder;
    // Otherwise a guest that records faster than the store commits would end
    // as `memory_limit` on a busy day and complete on a quiet one.
    let is_behind = ledger.undurable_bytes() > shared.host.allowance_bytes() / 2;
    if is_behind {
        louder |= ledger.hurry();
    }
    drop(ledger);
    shared.host.release(closed.replaced_bytes);
    if louder {
        shared.changed.notify_one();
    }
    (closed, is_behind)
}

/// Until it is durable, or the attempt is to stop: a guest that waits here has
/// handed over its state, and need not be returned to.
async fn durable(shared: &Shared, checkpoint_no: u64) -> wasmtime::Result<()> {
    // Whoever answers wakes the attempt itself; there is nobody to register with.
    poll_fn(|_| {
        if shared.is_durable(checkpoint_no) {
            return Poll::Ready(Ok(()));
        }
        match shared.stop_requested() {
            Some(stop) => Poll::Ready(Err(Leave::Stopped(stop).into())),
            None => Poll::Pending,
        }
    })
    .await
}
