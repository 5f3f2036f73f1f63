//! Slots of ended attempts, until the system has their pages back.
//!
//! To give pages back costs an interrupt on every other processor that runs this process, which
//! is as much as a short attempt. So several slots are given back in one call; until then they
//! stand empty, and nobody else gets them. Large ones do not wait, so that what ended attempts
//! hold in memory stays below [`SLOTS`] times [`LARGE_BYTES`].

use std::sync::Arc;
use std::sync::atomic::Ordering;

use wasmtime::{Engine, Instance, Module, Store};

use crate::control::Shared;
use crate::error::{HostError, LoadError};
use crate::modules::Modules;

/// Given back in one call, at most. A worker needs so many slots to spare for every thread on which
/// attempts end: those in a batch under way are nobody's.
pub const SLOTS_IN_A_BATCH: u32 = 16;
pub(super) const SLOTS: usize = SLOTS_IN_A_BATCH as usize;
/// Memory and tables of an attempt; above this they are given back at its end.
const LARGE_BYTES: u64 = 4 << 20;
/// `(module (memory 1) (func (export "_start")))`: the least that takes a slot.
const PAGE: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x05\x03\x01\0\x01\
    \x07\x0a\x01\x06_start\0\0\x0a\x04\x01\x02\0\x0b";

/// Fills the queue of slots that wait.
pub(super) struct Parked {
    page: Module,
}

impl Parked {
    pub(super) fn new(modules: &Modules) -> Result<Parked, HostError> {
        match modules.load(PAGE) {
            Ok(loaded) => Ok(Parked { page: loaded.module }),
            Err(LoadError::Host(error)) => Err(error),
            Err(LoadError::Refused(refusal)) => Err(HostError::Engine(format!("a module of ours {refusal}"))),
        }
    }

    /// The store of an attempt is gone that had so much at its peak.
    pub(super) fn ended(&self, engine: &Engine, peak_bytes: u64) {
        if peak_bytes <= LARGE_BYTES {
            return;
        }
        // The engine tells nobody how to empty its queue, but it does so when the queue is full.
        for _ in 0..SLOTS {
            let mut store = Store::new(engine, ());
            if Instance::new(&mut store, &self.page, &[]).is_err() {
                // All slots are taken: the queue was emptied to look for one.
                return;
            }
        }
    }
}

/// What an attempt runs in. Declared before its store, and so dropped after it, however the
/// attempt comes to its end.
pub(crate) struct Slot {
    pub(super) engine: super::Engine,
    pub(super) shared: Arc<Shared>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.engine.is_free_again(self.shared.memory_peak_bytes.load(Ordering::Relaxed));
    }
}
