//! How long finished jobs and their history are kept.

/// What happens when there are too many dead jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeadOverflow {
    /// They stay, and every surface says so.
    #[default]
    Alert,
    /// The first to die go.
    Drop,
}

/// What a round of tending may remove. Dead jobs wait for a person, and go by themselves only
/// where the operator said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Completed, cancelled and discarded jobs are kept this long after their end, in
    /// milliseconds. 72 hours.
    pub completed_age_ms: u64,
    /// The most completed jobs kept; beyond it the one that finished first goes. 1,000,000.
    pub completed_count: u64,
    /// More dead jobs than these are too many. 10,000.
    pub dead_count: u64,
    /// What happens when there are.
    pub dead_overflow: DeadOverflow,
    /// The most ended attempts kept of one job, newest first. 100.
    pub attempts_per_job: u32,
    /// The most log lines kept of one job, newest first. 10,000.
    pub log_lines_per_job: u64,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention {
            completed_age_ms: 72 * 3_600_000,
            completed_count: 1_000_000,
            dead_count: 10_000,
            dead_overflow: DeadOverflow::Alert,
            attempts_per_job: 100,
            log_lines_per_job: 10_000,
        }
    }
}
