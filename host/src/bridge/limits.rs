//! From what a job declares, what this attempt may have and what the store takes, to the
//! limits of the sandbox.

use std::time::Duration;

use cofferdam_queue::{Manifest, OnMemoryLimit, SizeLimits};
use cofferdam_sandbox::Limits;

/// What one attempt may have: the manifest's figures, or what is left of the job's totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The memory cap, in bytes.
    pub memory_bytes: u64,
    /// Fuel.
    pub fuel: u64,
    /// Wall time, in milliseconds.
    pub timeout_ms: u64,
}

impl Budget {
    /// The first attempt's.
    pub fn of(manifest: &Manifest) -> Budget {
        Budget {
            memory_bytes: manifest.memory_bytes(0),
            fuel: manifest.fuel,
            timeout_ms: manifest.timeout_ms,
        }
    }
}

/// What a child's JSON may take beside its input.
const CHILD_FRAME_BYTES: u64 = 1024;

/// The limits of an attempt.
pub fn limits(manifest: &Manifest, budget: &Budget, sizes: &SizeLimits) -> Limits {
    Limits {
        memory_cap_bytes: budget.memory_bytes,
        host_allowance_bytes: manifest.host_allowance_bytes,
        fuel: budget.fuel,
        timeout: Some(Duration::from_millis(budget.timeout_ms)),
        on_memory_limit: match manifest.on_memory_limit {
            OnMemoryLimit::Trap => cofferdam_sandbox::OnMemoryLimit::Trap,
            OnMemoryLimit::Deny => cofferdam_sandbox::OnMemoryLimit::Deny,
        },
        output_bytes: sizes.output_bytes,
        checkpoint_bytes: sizes.checkpoint_bytes,
        append_bytes: sizes.append_bytes,
        parts_bytes: sizes.parts_bytes,
        child_bytes: sizes.input_bytes + CHILD_FRAME_BYTES,
        ..Limits::default()
    }
}
