//! The two accounts of an attempt. The guest's: linear memory and tables,
//! summed, asked for by the engine before every growth. The host's: every byte
//! held on the guest's behalf, charged before it is held.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::ResourceLimiter;

use crate::control::Shared;
use crate::limits::{Limits, OnMemoryLimit};

const ADDRESS_SPACE_BYTES: u64 = 1 << 32;

/// What one table element takes, in bytes.
pub(crate) const TABLE_ELEMENT_BYTES: u64 = 8;

/// The end of an attempt whose guest asked for more than its cap.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("asked for {requested_bytes} bytes of memory ({growth_bytes} more); {bound}")]
pub(crate) struct OverCap {
    pub(crate) requested_bytes: u64,
    pub(crate) growth_bytes: u64,
    pub(crate) bound: Bound,
}

/// What a growth went over.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Bound {
    #[error("{0} is the cap")]
    Cap(u64),
    /// Below the cap, but over what the module says of its memory.
    #[error("{0} is the maximum that the module declares")]
    DeclaredBytes(usize),
    /// The module's or the engine's, whichever is less.
    #[error("a table of {0} elements is the largest it may have")]
    TableElements(usize),
}

/// The end of an attempt for which the host would have to hold too much.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "{what} of {asked_bytes} bytes does not fit into the host allowance: {held_bytes} of {allowance_bytes} bytes are in use"
)]
pub(crate) struct OverAllowance {
    pub(crate) what: &'static str,
    pub(crate) asked_bytes: u64,
    pub(crate) held_bytes: u64,
    pub(crate) allowance_bytes: u64,
}

/// The guest's account: what its memories and tables may take together.
pub(crate) struct MemoryAccount {
    cap_bytes: u64,
    held_bytes: u64,
    peak_bytes: u64,
    on_limit: OnMemoryLimit,
    refused: Option<OverCap>,
    shared: Arc<Shared>,
}

impl MemoryAccount {
    pub(crate) fn new(limits: &Limits, shared: Arc<Shared>) -> Self {
        Self {
            cap_bytes: limits.memory_cap_bytes,
            held_bytes: 0,
            peak_bytes: 0,
            on_limit: limits.on_memory_limit,
            refused: None,
            shared,
        }
    }

    pub(crate) fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    pub(crate) fn left_bytes(&self) -> u64 {
        self.cap_bytes.saturating_sub(self.held_bytes)
    }

    /// The last growth that was refused.
    pub(crate) fn refused(&self) -> Option<OverCap> {
        self.refused
    }

    /// `beyond`: a bound besides the cap that the growth goes over. The engine would refuse
    /// it by itself, and nobody would know why the guest then gave up.
    fn ask(&mut self, growth_bytes: u64, beyond: Option<Bound>) -> wasmtime::Result<bool> {
        let requested_bytes = self.held_bytes.saturating_add(growth_bytes);
        let over_cap = (requested_bytes > self.cap_bytes).then_some(Bound::Cap(self.cap_bytes));
        if let Some(bound) = over_cap.or(beyond) {
            self.refuse(requested_bytes, growth_bytes, bound)?;
            return Ok(false);
        }
        self.held_bytes = requested_bytes;
        self.peak_bytes = self.peak_bytes.max(requested_bytes);
        self.shared.memory_bytes.store(requested_bytes, Ordering::Relaxed);
        self.shared.memory_peak_bytes.store(self.peak_bytes, Ordering::Relaxed);
        Ok(true)
    }

    fn refuse(&mut self, requested_bytes: u64, growth_bytes: u64, bound: Bound) -> Result<(), OverCap> {
        let over = OverCap { requested_bytes, growth_bytes, bound };
        self.refused = Some(over);
        match self.on_limit {
            OnMemoryLimit::Trap => Err(over),
            OnMemoryLimit::Deny => Ok(()),
        }
    }
}

impl ResourceLimiter for MemoryAccount {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let declared = maximum.filter(|&maximum| desired > maximum).map(Bound::DeclaredBytes);
        self.ask((desired - current) as u64, declared)
    }

    /// Comes without having been asked first when the growth leaves the 32 bits.
    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if error.to_string().contains("memory type's limits") {
            let requested_bytes = self.held_bytes.max(ADDRESS_SPACE_BYTES) + 1;
            let cap = Bound::Cap(self.cap_bytes);
            self.refuse(requested_bytes, requested_bytes - self.held_bytes, cap)?;
            return Ok(());
        }
        // Granted by us and refused by the machine: no fault of the guest's.
        Err(error.context("the machine refused memory that was within the cap"))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let largest = maximum.filter(|&maximum| desired > maximum).map(Bound::TableElements);
        self.ask((desired - current) as u64 * TABLE_ELEMENT_BYTES, largest)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error.context("the machine refused a table that was within the cap"))
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }
}

/// The host's account. Charged on the guest's thread, let go from any.
pub(crate) struct HostAccount {
    allowance_bytes: u64,
    held_bytes: AtomicU64,
    peak_bytes: AtomicU64,
}

impl HostAccount {
    pub(crate) fn new(allowance_bytes: u64) -> Self {
        Self { allowance_bytes, held_bytes: AtomicU64::new(0), peak_bytes: AtomicU64::new(0) }
    }

    /// Before anything is allocated for it.
    pub(crate) fn charge(&self, what: &'static str, asked_bytes: u64) -> Result<(), OverAllowance> {
        let held_bytes = self.held_bytes.load(Ordering::Relaxed);
        if held_bytes.saturating_add(asked_bytes) > self.allowance_bytes {
            return Err(OverAllowance {
                what,
                asked_bytes,
                held_bytes,
                allowance_bytes: self.allowance_bytes,
            });
        }
        // Only the guest's thread adds, so nothing can be added between the
        // look and this; a release in between only leaves more room.
        let now_bytes = self.held_bytes.fetch_add(asked_bytes, Ordering::Relaxed) + asked_bytes;
        self.peak_bytes.fetch_max(now_bytes, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn release(&self, bytes: u64) {
        self.held_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.held_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn left_bytes(&self) -> u64 {
        self.allowance_bytes.saturating_sub(self.bytes())
    }

    pub(crate) fn allowance_bytes(&self) -> u64 {
        self.allowance_bytes
    }

    pub(crate) fn peak_bytes(&self) -> u64 {
        self.peak_bytes.load(Ordering::Relaxed)
    }
}
