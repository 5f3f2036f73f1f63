//! What an attempt is started with: the job's facts, its input, its grants and
//! limits, the checkpoint to go on from, and who listens meanwhile.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::effects::Progress;
use crate::limits::Limits;
use crate::report::LogLine;

/// What the guest may know about the job it is (`cf_info`). Opaque here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFacts {
    pub id: String,
    pub kind: String,
    pub queue: String,
    /// The number of this attempt; the first is 1.
    pub attempt: u64,
}

/// A directory that the guest sees as `/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub name: String,
    /// Opened when the attempt starts; a directory that is not there is a
    /// [`HostError`](crate::HostError) outcome that names it.
    pub dir: PathBuf,
    /// Without it, nothing below the directory can be changed, whatever the
    /// file permissions say.
    pub write: bool,
    /// What the attempt may add to it. Without `write`, nothing.
    pub quota: Quota,
}

/// What one attempt may add to a directory that it may write to; what it removes again is not
/// given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// By which files grow, holes included. Default 1 GiB.
    pub bytes: u64,
    /// Files, directories and links. Default 10,000.
    pub files: u32,
}

impl Default for Quota {
    fn default() -> Self {
        Self { bytes: 1 << 30, files: 10_000 }
    }
}

/// The durable checkpoint that an attempt goes on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// What the guest handed over, byte for byte.
    pub state: Bytes,
    /// The number of the first child that the guest enqueues from here on.
    pub next_effect: u64,
}

/// Sees what the guest says while it says it. Called on the guests' runtime, in
/// the middle of a host call: it must not block, and what it costs delays
/// the guest's siblings. A panic in it fails the attempt.
pub trait LiveOutput: Send + Sync {
    /// Bytes written to stdout, in order, at most 64 KiB at a time.
    fn stdout(&self, _bytes: &[u8]) {}
    /// Bytes written to stderr, in order, at most 64 KiB at a time.
    fn stderr(&self, _bytes: &[u8]) {}
    /// A log line that was kept.
    fn log(&self, _line: &LogLine) {}
    /// A progress report.
    fn progress(&self, _progress: &Progress) {}
}

/// Everything that one attempt is started with.
#[derive(Clone)]
pub struct Request {
    pub job: JobFacts,
    /// `cf_input` of a job, stdin of a command.
    pub input: Bytes,
    /// A command's arguments after its own name, which is `job.kind`.
    pub args: Vec<String>,
    pub grants: Vec<Grant>,
    pub limits: Limits,
    /// `None`: from the start.
    pub resume: Option<Resume>,
    /// The id of the child with this effect number. Asked once for each child,
    /// inside `cf_enqueue`; must give the same id for the same number.
    pub child_id: Arc<dyn Fn(u64) -> String + Send + Sync>,
    pub live: Option<Arc<dyn LiveOutput>>,
}

impl Request {
    /// A request with this input, default limits, no grants and nobody listening.
    pub fn new(input: impl Into<Bytes>) -> Self {
        Self {
            job: JobFacts { attempt: 1, ..JobFacts::default() },
            input: input.into(),
            args: Vec::new(),
            grants: Vec::new(),
            limits: Limits::default(),
            resume: None,
            child_id: Arc::new(|no| format!("child-{no}")),
            live: None,
        }
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("job", &self.job)
            .field("input_bytes", &self.input.len())
            .field("args", &self.args)
            .field("grants", &self.grants)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
