//! Reading for surfaces: the command line, HTTP, the dashboard. Cannot write.

use bytes::Bytes;
use serde::Serialize;

use crate::{
    BoxFuture, Counters, JobId, Kind, LogLine, ModuleHash, Outcome, PartName, Progress, QueueName, State,
    StoreError, Timestamp, WorkerFacts, WorkerId, WorkerOrder,
};

/// Which jobs to list.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Only in these states; empty: any.
    pub states: Vec<State>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only of this queue.
    pub queue: Option<QueueName>,
    /// At most this many, newest first.
    pub limit: usize,
}

/// One line of a list of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobSummary {
    /// The job.
    pub id: JobId,
    /// Its kind.
    pub kind: Kind,
    /// Its queue.
    pub queue: QueueName,
    /// Where it stands.
    pub state: State,
    /// How its last ended attempt ended.
    pub outcome: Option<Outcome>,
    /// How often it was started.
    pub attempt: u32,
    /// When it was pushed.
    pub enqueued_at: Timestamp,
    /// When it may run, or ran out: due, started or finished, as its state says.
    pub at: Timestamp,
    /// Why it is dead or discarded, why it is tried again later, or why it is not being run.
    pub reason: Option<String>,
}

/// One job, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobView {
    /// What a list shows.
    #[serde(flatten)]
    pub summary: JobSummary,
    /// The job that enqueued it.
    pub parent: Option<JobId>,
    /// What it has been through.
    pub counters: Counters,
    /// The step of the memory ladder of its next (or present) attempt.
    pub step: u8,
    /// The worker that runs it.
    pub worker: Option<WorkerId>,
    /// Its end was asked for.
    pub cancel_requested: bool,
    /// How far it is.
    pub progress: Option<Progress>,
    /// How many checkpoints were made durable.
    pub checkpoint_count: u64,
    /// The size of the newest one.
    pub checkpoint_bytes: Option<u64>,
    /// When it became durable.
    pub checkpoint_at: Option<Timestamp>,
    /// The module that wrote it.
    pub checkpoint_module: Option<ModuleHash>,
    /// The fuel of its ended attempts.
    pub fuel_spent: u64,
    /// The wall time of its ended attempts, in milliseconds.
    pub wall_spent_ms: u64,
    /// When its present or last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
    /// Its input.
    #[serde(skip)]
    pub input: Bytes,
    /// Its result.
    #[serde(skip)]
    pub output: Option<Bytes>,
}

/// One ended attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptView {
    /// Its number.
    pub attempt: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub ended_at: Timestamp,
    /// Its report, as JSON; empty when the worker was lost.
    pub report: Bytes,
}

/// The lines of a job's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogView {
    /// Oldest first.
    pub lines: Vec<LogLine>,
    /// Pass as `after` to get what came since.
    pub next: u64,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueView {
    /// Its name.
    pub queue: QueueName,
    /// No job of it is given out.
    pub paused: bool,
    /// Jobs that may be claimed.
    pub available: u64,
    /// Jobs under a lease.
    pub running: u64,
    /// Jobs due later, retries among them.
    pub scheduled: u64,
    /// Since when the oldest available job waits.
    pub oldest_at: Option<Timestamp>,
}

/// One live worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerView {
    /// What it said of itself.
    #[serde(flatten)]
    pub facts: WorkerFacts,
    /// What was asked of it.
    pub order: WorkerOrder,
    /// It takes no new jobs.
    pub quiet: bool,
    /// Its running attempts.
    pub running: u32,
    /// The memory it has reserved, in bytes.
    pub reserved_bytes: u64,
    /// When its leases run out unless it beats again.
    pub expires_at: Timestamp,
    /// It is proven dead, and nobody has ended its leases yet.
    pub lost: bool,
}

/// One module as one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModuleView {
    /// The kind.
    pub kind: Kind,
    /// The module.
    pub module: ModuleHash,
    /// It is what new attempts of the kind run.
    pub current: bool,
    /// Its size, in bytes.
    pub bytes: u64,
    /// When it was deployed.
    pub deployed_at: Timestamp,
    /// What it declares.
    pub manifest: crate::Manifest,
}

/// One part of a job's work data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartView {
    /// Its name.
    pub part: PartName,
    /// Its chunks.
    pub chunks: u64,
    /// Their size together, in bytes.
    pub bytes: u64,
}

/// What can be read from a store.
pub trait Inspect: Send + Sync {
    /// One job; `None` if there is no such.
    fn job(&self, id: JobId) -> BoxFuture<'_, Result<Option<JobView>, StoreError>>;
    /// Many jobs, newest first.
    fn jobs(&self, filter: JobFilter) -> BoxFuture<'_, Result<Vec<JobSummary>, StoreError>>;
    /// The ended attempts of a job, first to last.
    fn attempts(&self, id: JobId) -> BoxFuture<'_, Result<Vec<AttemptView>, StoreError>>;
    /// The log lines of a job after position `after` (0: from the start).
    fn logs(&self, id: JobId, after: u64) -> BoxFuture<'_, Result<LogView, StoreError>>;
    /// The parts of a job's work data.
    fn parts(&self, id: JobId) -> BoxFuture<'_, Result<Vec<PartView>, StoreError>>;
    /// The chunks of one part, in the order they were appended.
    fn part(&self, id: JobId, part: PartName) -> BoxFuture<'_, Result<Vec<Bytes>, StoreError>>;
    /// Every queue that has jobs or is paused.
    fn queues(&self) -> BoxFuture<'_, Result<Vec<QueueView>, StoreError>>;
    /// The live workers.
    fn workers(&self) -> BoxFuture<'_, Result<Vec<WorkerView>, StoreError>>;
    /// Every module, newest of each kind first.
    fn modules(&self) -> BoxFuture<'_, Result<Vec<ModuleView>, StoreError>>;
    /// How many jobs are in each state.
    fn counts(&self) -> BoxFuture<'_, Result<Vec<(State, u64)>, StoreError>>;
}
