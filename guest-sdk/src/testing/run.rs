//! [`TestRun`]: what came of one attempt.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::effects::{ChildJob, Kept, LogLine, Progress};
use super::host::TestHost;
use super::setup::TestJob;
use crate::error::Error;

/// How an attempt under test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Completed,
    /// The job returned this error; its class says what becomes of the job.
    Failed(Error),
    /// A checkpoint kept the state and did not return.
    Interrupted,
}

/// What one attempt left behind. Effects after the last checkpoint are kept
/// only if it completed, as with the real host.
#[derive(Clone, Debug)]
pub struct TestRun {
    job: TestJob,
    outcome: Outcome,
    output: Option<Vec<u8>>,
    kept: Kept,
    logs: Vec<LogLine>,
    checkpoints: u64,
}

impl TestRun {
    pub(super) fn new(job: TestJob, outcome: Outcome, host: TestHost) -> Self {
        let completed = outcome == Outcome::Completed;
        Self {
            job,
            output: host.output.filter(|_| completed),
            kept: if completed { host.now } else { host.kept },
            logs: host.logs,
            checkpoints: host.checkpoints,
            outcome,
        }
    }

    /// How the attempt ended.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The error that the job returned.
    ///
    /// # Panics
    /// It did not fail.
    #[track_caller]
    pub fn error(&self) -> &Error {
        match &self.outcome {
            Outcome::Failed(error) => error,
            other => panic!("the job did not fail: {other:?}"),
        }
    }

    /// What the job returned; `null` for nothing.
    ///
    /// # Panics
    /// The job did not complete.
    #[track_caller]
    pub fn output(&self) -> Value {
        self.output_as()
    }

    /// What the job returned, read as a `T`.
    ///
    /// # Panics
    /// The job did not complete, or returned something else.
    #[track_caller]
    pub fn output_as<T: DeserializeOwned>(&self) -> T {
        assert!(self.outcome == Outcome::Completed, "the job did not complete: {:?}", self.outcome);
        parsed("output", self.output.as_deref().unwrap_or(b"null"))
    }

    /// The state of the newest checkpoint; `null` without one.
    ///
    /// # Panics
    /// It is not JSON; see [`state_bytes`](Self::state_bytes).
    #[track_caller]
    pub fn state(&self) -> Value {
        parsed("state", self.kept.state.as_deref().unwrap_or(b"null"))
    }

    /// The bytes of the newest checkpoint.
    pub fn state_bytes(&self) -> Option<&[u8]> {
        self.kept.state.as_deref()
    }

    /// What was appended to this part, earlier attempts included.
    pub fn part(&self, name: &str) -> &[u8] {
        self.kept.parts.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of the parts that something was appended to, in order.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.kept.parts.keys().map(String::as_str)
    }

    /// The children that were enqueued, earlier attempts included.
    pub fn children(&self) -> &[ChildJob] {
        &self.kept.children
    }

    /// The last progress that was reported.
    pub fn progress(&self) -> Option<&Progress> {
        self.kept.progress.as_ref()
    }

    /// The log lines of this attempt: they act at once, checkpoint or not.
    pub fn logs(&self) -> &[LogLine] {
        &self.logs
    }

    /// How many checkpoints this attempt made.
    pub fn checkpoints(&self) -> u64 {
        self.checkpoints
    }

    /// Runs the next attempt, from the newest checkpoint and to its end.
    ///
    /// # Panics
    /// As [`TestJob::run`].
    #[must_use]
    pub fn resume(&self) -> TestRun {
        self.next().uninterrupted().run()
    }

    /// The next attempt, to be set up further before it runs.
    #[must_use]
    pub fn next(&self) -> TestJob {
        self.job.clone().next_attempt(self.kept.clone())
    }
}

#[track_caller]
fn parsed<T: DeserializeOwned>(what: &str, json: &[u8]) -> T {
    match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(error) => panic!("the {what} does not read as asked: {error}: {}", String::from_utf8_lossy(json)),
    }
}
