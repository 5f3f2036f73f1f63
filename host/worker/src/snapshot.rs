//! What a worker runs now, for people who ask (TTIN, the dashboard).

use cofferdam_queue::{JobId, Kind, Progress, WorkerId};

/// A worker at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The id under which it is signed on; `None`: it is not, at this moment.
    pub worker: Option<WorkerId>,
    /// It takes no new jobs.
    pub quiet: bool,
    /// It is about to end.
    pub draining: bool,
    /// What it may hand out, in bytes.
    pub budget_bytes: u64,
    /// What is handed out, in bytes.
    pub reserved_bytes: u64,
    /// Jobs that were claimed ahead and have not started.
    pub ready: usize,
    /// Its running attempts, oldest first.
    pub attempts: Vec<RunningAttempt>,
}

/// One running attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningAttempt {
    /// The job.
    pub id: JobId,
    /// Its kind.
    pub kind: Kind,
    /// The attempt's number.
    pub attempt: u32,
    /// Since its start.
    pub running_ms: u64,
    /// Linear memory and tables now, in bytes.
    pub memory_bytes: u64,
    /// Its cap.
    pub memory_cap_bytes: u64,
    /// Fuel so far.
    pub fuel_used: u64,
    /// Milliseconds since its last checkpoint; `None`: it made none in this attempt.
    pub checkpoint_age_ms: Option<u64>,
    /// What it last said of how far it is.
    pub progress: Option<Progress>,
}
