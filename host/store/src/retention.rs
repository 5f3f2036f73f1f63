//! How long finished jobs and their history are kept.

/// What a round of tending may remove. Dead jobs are never removed by themselves: they
/// wait for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Completed, cancelled and discarded jobs are kept this long after their end, in
    /// milliseconds. 72 hours.
    pub completed_age_ms: u64,
    /// The most completed jobs kept; beyond it the one that finished first goes. 1,000,000.
    pub completed_count: u64,
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
            attempts_per_job: 100,
            log_lines_per_job: 10_000,
        }
    }
}
