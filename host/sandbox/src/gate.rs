//! The one way from a guest into a host function. Every call, WASI's included,
//! pays here and gives way here: the engine starts a fresh slice whenever fuel is
//! set, so a guest that only calls would otherwise never be preempted.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::Poll;

use wasmtime::{Caller, Trap};

use crate::guest::Guest;

/// Fuel that a guest runs on before it gives way: well under a millisecond.
pub(crate) const SLICE_FUEL: u64 = 500_000;
/// The price of a call, whatever it does; moved bytes cost 1 each on top.
pub(crate) const CALL_FUEL: u64 = 100;

/// Pays for the call and for bytes whose number is known beforehand; gives way
/// when the slice is used up.
pub(crate) async fn enter(caller: &mut Caller<'_, Box<Guest>>, bytes: u64) -> wasmtime::Result<()> {
    let left = pay(caller, CALL_FUEL.saturating_add(bytes))?;
    let guest = caller.data_mut();
    if guest.slice_began_at_fuel.saturating_sub(left) >= SLICE_FUEL {
        guest.slice_began_at_fuel = left;
        give_way().await;
    }
    Ok(())
}

/// Pays for bytes moved after all.
pub(crate) fn pay(caller: &mut Caller<'_, Box<Guest>>, units: u64) -> wasmtime::Result<u64> {
    if !caller.data().metered {
        return Ok(0);
    }
    let fuel = caller.get_fuel()?;
    let Some(left) = fuel.checked_sub(units) else {
        caller.set_fuel(0)?;
        return Err(Trap::OutOfFuel.into());
    };
    caller.set_fuel(left)?;
    let guest = caller.data();
    guest.shared.fuel_used.store(guest.limits.fuel - left, Ordering::Relaxed);
    Ok(left)
}

/// Lets the attempt look at its flags, and its siblings run.
pub(crate) async fn give_way() {
    let mut gave_way = false;
    poll_fn(|cx| {
        if gave_way {
            return Poll::Ready(());
        }
        gave_way = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits inside a host call. The attempt's deadline is watched meanwhile; stops
/// wake it by themselves.
pub(crate) async fn wait<F: Future>(caller: &mut Caller<'_, Box<Guest>>, what: F) -> F::Output {
    let guest = caller.data();
    let (shared, clock) = (guest.shared.clone(), guest.clock.clone());
    let mut alarm = pin!(guest.deadline.map(|at| clock.until(at)));
    let mut what = pin!(what);
    shared.waiting.store(true, Ordering::Relaxed);
    let output = poll_fn(|cx| {
        if let Poll::Ready(output) = what.as_mut().poll(cx) {
            return Poll::Ready(output);
        }
        if let Some(alarm) = alarm.as_mut().as_pin_mut() {
            // Only its wake-up is wanted: when it rings, the attempt ends
            // before it comes here again.
            let _ = alarm.poll(cx);
        }
        Poll::Pending
    })
    .await;
    shared.waiting.store(false, Ordering::Relaxed);
    output
}
