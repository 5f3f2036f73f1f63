//! What a store knows of live workers: leases belong to them.

use serde::{Deserialize, Serialize};

use crate::{JobId, QueueName, Timestamp, Token, WorkerId};

/// A worker, as it signs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerFacts {
    /// Unique for the life of this worker.
    pub id: WorkerId,
    /// The machine's name.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// The queues it serves; empty: all.
    pub queues: Vec<QueueName>,
    /// The most attempts at once.
    pub concurrency: u32,
    /// Its memory budget, in bytes.
    pub budget_bytes: u64,
    /// How long its leases live without a heartbeat, in milliseconds.
    pub lease_ms: u64,
    /// The version of Cofferdam it runs.
    pub version: String,
    /// When it signed on.
    pub started_at: Timestamp,
}

/// One running attempt, for people who look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The job.
    pub id: JobId,
    /// Its lease.
    pub token: Token,
    /// Linear memory and tables now, in bytes.
    pub memory_bytes: u64,
    /// Fuel used so far.
    pub fuel_used: u64,
}

/// One beat: it renews all leases of the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Who beats.
    pub worker: WorkerId,
    /// It takes no new jobs.
    pub quiet: bool,
    /// The memory reserved, in bytes.
    pub reserved_bytes: u64,
    /// The number of running attempts.
    pub running: u32,
}

/// What somebody asked of a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerOrder {
    /// Nothing: take jobs.
    #[default]
    Work,
    /// Take no new jobs.
    Quiet,
    /// Drain and end.
    Stop,
}

/// What a worker must hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// Its lease ran out, or the store does not know it: nothing that it runs may commit.
    /// It ends those guests and signs on anew, under another id.
    pub expired: bool,
    /// What was asked of it, or of all workers.
    pub order: WorkerOrder,
    /// Those of its running jobs whose cancellation was asked for.
    pub cancelled: Vec<JobId>,
    /// Jobs were given to its claim that stayed, and it has not asked since: its wake-up may be lost.
    pub given: bool,
    /// Grows with every deploy and rollback.
    pub deploys: u64,
}
