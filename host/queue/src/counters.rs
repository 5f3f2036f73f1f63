//! What a job has been through. Four counters, and the attempt number is none of them.

use serde::{Deserialize, Serialize};

/// Counted for a job over all its attempts; a retry by hand sets them to zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// What `retries` bounds.
    pub failures: u32,
    /// Drains and preemptions; never held against the job.
    pub interruptions: u32,
    /// Leases that ran out.
    pub crashes: u32,
    /// Attempts that went over their memory.
    pub memory_traps: u32,
    /// The interruptions of `interruptions` since the last checkpoint progress.
    pub idle_interruptions: u32,
    /// The crashes of `crashes` since the last checkpoint progress.
    pub idle_crashes: u32,
}

impl Counters {
    /// Interrupted again and again without ever getting further: the job does not
    /// checkpoint, or not often enough to be interrupted at all.
    pub fn not_resumable(&self) -> bool {
        self.idle_interruptions >= crate::IDLE_INTERRUPTIONS_MAX
    }
}
