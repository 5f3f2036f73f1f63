//! What an attempt writes: a checkpoint, or its end, with the effects that belong to it.
//!
//! Everything in one [`Commit`] becomes durable together or not at all.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{JobId, ModuleHash, NewJob, Outcome, PartName, Timestamp, Token, Verdict};

/// The state handed over by a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The job's own bytes.
    pub state: Bytes,
    /// The number of the next effect after those that belong to this state.
    pub next_effect: u64,
    /// The module that wrote it.
    pub module: ModuleHash,
    /// The `checkpoint_version` of that module.
    pub version: u32,
    /// How many checkpoints the attempt made up to this one since the last commit.
    pub count: u64,
    /// It differs from the state that the attempt began with.
    pub progressed: bool,
}

/// A child job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The effect's number; the id is derived from it, so that a repetition is recognized.
    pub number: u64,
    /// What to enqueue. Its kind need not be deployed yet: it waits.
    pub job: NewJob,
}

/// A chunk of durable work data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The effect's number; orders the chunks of a part.
    pub number: u64,
    /// The part.
    pub part: PartName,
    /// The chunk.
    pub bytes: Bytes,
}

/// What the job last said of how far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Done so far.
    pub done: u64,
    /// Of this many; 0: unknown.
    pub total: u64,
    /// A short message.
    pub message: String,
}

/// One line of a job's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub at: Timestamp,
    /// The attempt that wrote it.
    pub attempt: u32,
    /// `error`, `warn`, `info`, `debug`, `trace`; `stdout` and `stderr` for a command's.
    pub level: String,
    /// The line, cut at 4 KiB.
    pub text: String,
}

/// What is performed with a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Jobs to enqueue.
    pub children: Vec<Child>,
    /// Chunks to keep.
    pub appends: Vec<Append>,
    /// The newest progress, if it changed. Shown only; needs no checkpoint.
    pub progress: Option<Progress>,
    /// New log lines. Need no checkpoint: they were seen already.
    pub logs: Vec<LogLine>,
}

impl Effects {
    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty() && self.appends.is_empty() && self.progress.is_none() && self.logs.is_empty()
    }
}

/// The end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What the sandbox saw.
    pub outcome: Outcome,
    /// What it means for the job.
    pub verdict: Verdict,
    /// The job's result; only with `completed`.
    pub output: Option<Bytes>,
    /// The attempt's [`Report`](crate::Report), as JSON. Opaque to stores.
    pub report: Bytes,
    /// The fuel this attempt used.
    pub fuel_used: u64,
    /// Its wall time, in milliseconds.
    pub wall_ms: u64,
}

/// One write under a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The job.
    pub id: JobId,
    /// The proof of the lease.
    pub token: Token,
    /// 1 for the first commit of an attempt, then one more each time. A repetition
    /// of a commit carries the same number.
    pub seq: u32,
    /// The newest state, if there is a new one.
    pub saved: Option<Saved>,
    /// What belongs to it (or to the end, when the attempt completed).
    pub effects: Effects,
    /// The end of the attempt; `None`: it goes on.
    pub end: Option<End>,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitReply {
    /// It is durable.
    Applied,
    /// It was durable before; nothing was written now.
    AlreadyApplied,
    /// The lease is not this attempt's any more; nothing was written.
    LeaseLost,
}
