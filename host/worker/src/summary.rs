//! What a worker says when it is done: what it ended, what it gave back, what was lost.

use cofferdam_queue::{JobId, Kind, StoreError};
use thiserror::Error;

/// A worker's life in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Attempts whose end it made durable.
    pub ended: u64,
    /// The attempts that its drain interrupted, in the order of their ends.
    pub interrupted: Vec<Interrupted>,
    /// Jobs that were claimed ahead and given back before they started.
    pub returned: u64,
    /// The store heard that the worker is gone. Otherwise its leases end by themselves.
    pub signed_off: bool,
}

/// One attempt that a drain ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// The job.
    pub id: JobId,
    /// Its kind.
    pub kind: Kind,
    /// The attempt's number.
    pub attempt: u32,
    /// The work since the newest state that was kept, in milliseconds of wall time; 0 when it
    /// stopped inside a checkpoint.
    pub lost_ms: u64,
    /// No checkpoint of this attempt was kept: the next one begins where this one did.
    pub from_its_start: bool,
    /// The job was given back. Otherwise the store did not answer in time, and the job goes on
    /// when the lease ends, from the newest state that was durable before.
    pub given_back: bool,
}

/// Why a worker could not work, or not go on.
#[derive(Clone, Debug, Error)]
pub enum WorkerError {
    /// The store did not take it on, and will not until somebody changes something.
    #[error("cannot sign on: {0}")]
    SignOn(StoreError),
    /// The store will not write for this process any more: what ran here goes on elsewhere, or
    /// when the worker is started again.
    #[error("cannot go on: {0}")]
    Store(StoreError),
}
