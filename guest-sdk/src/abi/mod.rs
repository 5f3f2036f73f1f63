//! The functions of `include/cofferdam.h`, one Rust function for each.
//!
//! `guest.rs` imports them from the host; `native.rs` answers them from the
//! test host of [`crate::testing`]. Absent here: serialization, meaning and
//! errors for people. Whoever calls these knows the header.

#[cfg(target_family = "wasm")]
mod guest;
#[cfg(not(target_family = "wasm"))]
mod native;

use std::mem::MaybeUninit;

#[cfg(target_family = "wasm")]
pub(crate) use guest::*;
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::*;

pub(crate) const E_NONE: i32 = -1;
pub(crate) const E_TOO_LARGE: i32 = -2;
pub(crate) const E_INVALID: i32 = -3;
pub(crate) const E_STATE: i32 = -4;

pub(crate) const CHECKPOINT_COALESCED: i32 = 0;
pub(crate) const CHECKPOINT_NOW: i32 = 1;

pub(crate) const LEFT_FUEL: i32 = 0;
pub(crate) const LEFT_MEMORY_BYTES: i32 = 1;
pub(crate) const LEFT_TIME_MS: i32 = 2;
pub(crate) const LEFT_HOST_BYTES: i32 = 3;

/// Memory that a "read" function may fill. Not initialized: clearing it would
/// cost a no-op job more than everything else that the SDK does for it.
pub(crate) type Uninit = [MaybeUninit<u8>];

/// Most inputs and child ids fit, and then need no allocation and one call.
const STACK_BYTES: usize = 4096;

/// Calls a "read" function of the header and lends its value to `view`.
/// `Err` is the negative code that the host answered.
pub(crate) fn with_value<R>(read: fn(&mut Uninit) -> i32, view: impl FnOnce(&[u8]) -> R) -> Result<R, i32> {
    let mut stack = [const { MaybeUninit::uninit() }; STACK_BYTES];
    let code = read(&mut stack);
    let len = usize::try_from(code).map_err(|_| code)?;
    if len <= STACK_BYTES {
        // Safety: the host copies the whole value when it fits.
        return Ok(view(unsafe { initialized(&stack[..len]) }));
    }
    let mut heap: Vec<u8> = Vec::with_capacity(len);
    if read(&mut heap.spare_capacity_mut()[..len]) != code {
        return Err(E_STATE);
    }
    // Safety: as above; the length that was copied is the one asked for.
    unsafe { heap.set_len(len) };
    Ok(view(&heap))
}

/// Enqueues a child and returns its id. Not a [`with_value`]: a second call
/// would enqueue a second child.
pub(crate) fn enqueue_child(spec: &[u8]) -> Result<String, i32> {
    const ID_BYTES: usize = 256;
    let mut id = [const { MaybeUninit::uninit() }; ID_BYTES];
    let code = enqueue(spec, &mut id);
    let len = usize::try_from(code).map_err(|_| code)?;
    // No host's ids are as long as that; it has not enqueued the child then.
    let written = id.get(..len).ok_or(E_STATE)?;
    // Safety: the host copies the whole id when it fits.
    String::from_utf8(unsafe { initialized(written) }.to_vec()).map_err(|_| E_INVALID)
}

/// # Safety
/// Every byte of `bytes` has been written.
unsafe fn initialized(bytes: &Uninit) -> &[u8] {
    // Safety: same layout, and the caller vouches for the contents.
    unsafe { &*(std::ptr::from_ref(bytes) as *const [u8]) }
}
