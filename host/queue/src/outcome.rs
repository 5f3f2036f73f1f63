//! What the sandbox saw at the end of an attempt, and what the job asked for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How an attempt ended. One word each, the same in reports, logs and prose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The job returned; its output is kept.
    Completed,
    /// The job returned an error, or a command exited with another code than 0.
    Failed,
    /// A guest panic, with its message and place.
    Panicked,
    /// Any other trap.
    Trapped,
    /// Went over its memory, or over its host allowance.
    MemoryLimit,
    /// Spent its fuel.
    FuelLimit,
    /// Met the wall-clock deadline of the attempt.
    TimeLimit,
    /// The module cannot be run at all.
    Refused,
    /// Drained or preempted; its newest state is kept.
    Interrupted,
    /// Somebody asked for its end; its newest state is kept.
    Cancelled,
    /// Its lease ran out: kill -9, power, network.
    WorkerLost,
    /// Our fault, not the job's.
    HostError,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Outcome; 12] = [
        Outcome::Completed,
        Outcome::Failed,
        Outcome::Panicked,
        Outcome::Trapped,
        Outcome::MemoryLimit,
        Outcome::FuelLimit,
        Outcome::TimeLimit,
        Outcome::Refused,
        Outcome::Interrupted,
        Outcome::Cancelled,
        Outcome::WorkerLost,
        Outcome::HostError,
    ];

    /// The word for it, everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Failed => "failed",
            Outcome::Panicked => "panicked",
            Outcome::Trapped => "trapped",
            Outcome::MemoryLimit => "memory_limit",
            Outcome::FuelLimit => "fuel_limit",
            Outcome::TimeLimit => "time_limit",
            Outcome::Refused => "refused",
            Outcome::Interrupted => "interrupted",
            Outcome::Cancelled => "cancelled",
            Outcome::WorkerLost => "worker_lost",
            Outcome::HostError => "host_error",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a job that returned an error asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Again, after the usual backoff, while retries are left.
    #[default]
    Retry,
    /// Again after this many milliseconds, while retries are left.
    RetryIn(u64),
    /// Never again, and quietly.
    Discard,
    /// Never again, and for a person to look at.
    Kill,
    /// Not a failure at all: again after this many milliseconds.
    Snooze(u64),
}
