//! The port to whatever runs a job: load a module, start an attempt, stop it, take what
//! it recorded. The host's bridge implements it with the real sandbox, the simulation
//! with scripted guests.
//!
//! Nothing here waits for a guest: every call returns at once, and what the guest has to
//! say arrives through its [`Events`].

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::{
    BoxFuture, Claimed, Effects, FailureClass, Manifest, Outcome, Pointer, Progress, Timestamp,
};
use thiserror::Error;

pub use crate::message::Events;

/// Turns modules into something that can be started.
pub trait Sandbox: Send + Sync {
    /// Check and compile a module. Takes as long as it takes: it is called from a task of
    /// its own and must not occupy the runtime it is polled on.
    fn load(&self, pointer: Pointer, wasm: Bytes) -> BoxFuture<'_, Result<Arc<dyn Compiled>, LoadError>>;

    /// The report of an attempt that ended before there was a guest (refused, cancelled, given
    /// back). Empty unless implemented.
    fn report_without_guest(&self, _claimed: &Claimed, _ended: &Ended) -> Bytes {
        Bytes::new()
    }
}

/// Why a module could not be loaded. Sorted by what becomes of its jobs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// The module's own fault: no worker could run it. Its jobs end dead, as `refused`,
    /// with this message, which says what to change.
    #[error("{0}")]
    Refused(String),
    /// This worker lacks something that another may have (a grant). Its jobs are not
    /// claimed here and wait.
    #[error("{0}")]
    Elsewhere(String),
    /// Our fault: the cache, memory, the disk. Tried again later; its jobs wait.
    #[error("{0}")]
    Host(String),
}

/// A module that is ready to be started, any number of times at once.
pub trait Compiled: Send + Sync {
    /// Start an attempt on the guests' own runtime. Returns at once, also when the attempt
    /// cannot begin: then its end says so through [`Start::events`].
    fn start(&self, start: Start) -> Box<dyn Guest>;
}

/// What an attempt is started with.
#[derive(Debug)]
pub struct Start {
    /// The job, its input, and the checkpoint from which it goes on.
    pub claimed: Arc<Claimed>,
    /// What its module declares.
    pub manifest: Arc<Manifest>,
    /// The memory cap at the job's step of the ladder, in bytes. With
    /// `manifest.host_allowance_bytes` it is what admission reserved.
    pub memory_bytes: u64,
    /// The fuel of this attempt: the manifest's, or what is left of `fuel_total`.
    pub fuel: u64,
    /// The wall time of this attempt: the manifest's, or what is left of `timeout_total`.
    pub timeout_ms: u64,
    /// Now, by the wall clock.
    pub started_at: Timestamp,
    /// Where the guest reports.
    pub events: Events,
}

/// Why the worker wants an attempt to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// The job goes on later or elsewhere: ends as `interrupted`.
    Interrupt,
    /// The job is not wanted any more: ends as `cancelled`. Wins over `Interrupt`.
    Cancel,
}

/// How soon what a guest recorded wants to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// With the next regular flush: a checkpoint like any other, log lines, progress.
    Later,
    /// The first checkpoint of the attempt (goes at once), or one with children.
    Soon,
    /// The guest waits for it.
    Now,
}

/// The worker's hold on a running attempt. Works from any thread and never waits.
///
/// Dropping it before the end abandons the attempt: it is to end as soon as
/// possible, and still says so through its [`Events`], because its memory is counted
/// until then.
pub trait Guest: Send + Sync {
    /// Ask for an end inside the next checkpoint call.
    fn request_stop(&self, stop: Stop);

    /// End it when it next yields, whatever it does.
    fn end_now(&self, stop: Stop);

    /// How soon what [`Guest::take`] would give wants to be durable; `None`: it would give
    /// nothing.
    fn urgency(&self) -> Option<Urgency>;

    /// The newest state with the effects recorded up to it, and new log lines and progress,
    /// unless they were taken before.
    fn take(&self) -> Option<Pending>;

    /// What [`Guest::take`] would give, empty if nothing, of a guest that does not end and is not
    /// waited for. `None`: it has ended after all; its end is on its way and brings everything.
    fn give_up(&self) -> Option<Pending>;

    /// All that was taken up to this checkpoint is durable: a guest that waits for it
    /// goes on. Called after every commit that carried a state.
    fn durable(&self, checkpoint_no: u64);

    /// What it uses now.
    fn usage(&self) -> Usage;
}

/// What a guest recorded for its next commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// The newest state; `None`: no checkpoint since the last time.
    pub state: Option<Bytes>,
    /// Which checkpoint of the attempt `state` is; the first is 1. 0 without a state.
    pub checkpoint_no: u64,
    /// The number of the next effect after those that belong to `state`.
    pub next_effect: u64,
    /// What belongs to the state, and what needs none. Effects recorded after the last
    /// checkpoint are in here only at the end of an attempt that completed.
    pub effects: Effects,
}

/// What an attempt uses. Figures of a guest that runs at this moment may be a slice old.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Fuel so far.
    pub fuel_used: u64,
    /// Linear memory and tables now, in bytes.
    pub memory_bytes: u64,
    /// Checkpoints so far in this attempt.
    pub checkpoint_count: u64,
    /// Milliseconds since the last one; `None`: there was none yet.
    pub checkpoint_age_ms: Option<u64>,
    /// What it last said of how far it is.
    pub progress: Option<Progress>,
}

/// How an attempt ended. Reported when its memory is free again, not before.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What the sandbox saw.
    pub outcome: Outcome,
    /// What the job asked for; only read for `failed`.
    pub class: FailureClass,
    /// What happened, in one sentence; empty when it completed.
    pub message: String,
    /// The [`Report`](cofferdam_queue::Report) as JSON, made off the dispatcher.
    pub report: Bytes,
    /// The result; only with `completed`.
    pub output: Option<Bytes>,
    /// What it recorded and nobody took: up to the last checkpoint, and for `completed` up
    /// to the very end.
    pub last: Option<Pending>,
    /// Fuel used.
    pub fuel_used: u64,
    /// Wall time, in milliseconds.
    pub wall_ms: u64,
}

impl Ended {
    /// An end that no guest had a part in, without a report.
    pub fn without_guest(outcome: Outcome, message: impl Into<String>) -> Ended {
        Ended {
            outcome,
            class: FailureClass::default(),
            message: message.into(),
            report: Bytes::new(),
            output: None,
            last: None,
            fuel_used: 0,
            wall_ms: 0,
        }
    }
}
