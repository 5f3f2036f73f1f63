//! The store, as three small traits: what drives jobs, what people do to them, and
//! the wake-up. Reading for surfaces is [`Inspect`](crate::Inspect), so that a
//! dashboard cannot write.
//!
//! Promises that every store keeps, and that the conformance suite checks:
//! an acknowledged push or commit is durable; a commit is applied once or not at all;
//! an old lease writes nothing; a batch is answered item by item.

use std::future::Future;
use std::pin::Pin;

use thiserror::Error;

use crate::{
    Claim, Claimed, Commit, CommitReply, Enqueued, Heartbeat, Inspect, JobId, Kind, Modules, NewJob, Notices,
    QueueName, SizeLimits, Starved, State, Timestamp, WorkerFacts, WorkerId, WorkerOrder,
};

/// A future that can be held by trait objects and moved between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The store could not do it. Sorted by what the caller can do.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// For now: try again. The message names the store and the cause.
    #[error("{message}")]
    Unavailable {
        /// What happened, to which store, and what to do about it.
        message: String,
        /// The write may have been applied all the same: repeat it with the same id or
        /// sequence number, and it will be recognized.
        maybe_applied: bool,
    },
    /// For good, until somebody changes something: permissions, version, corruption.
    #[error("{message}")]
    Unusable {
        /// What happened, to which store, and what to do about it.
        message: String,
    },
}

impl StoreError {
    /// Worth repeating.
    pub fn is_temporary(&self) -> bool {
        matches!(self, StoreError::Unavailable { .. })
    }
}

/// A push that enqueued nothing.
#[derive(Debug, Clone, Error)]
pub enum EnqueueError {
    /// Job number `index` of the batch (0 for the first) names a kind that is not deployed.
    #[error("unknown kind `{kind}`{}", did_you_mean(nearest))]
    UnknownKind {
        /// Which job of the batch.
        index: usize,
        /// The kind it names.
        kind: Kind,
        /// The deployed kinds most like it, best first.
        nearest: Vec<Kind>,
    },
    /// Job number `index` has a larger input than the store takes.
    #[error(
        "the input is {bytes} bytes; this store takes at most {limit_bytes}: pass a reference to the data instead, or raise `limits.input`"
    )]
    InputTooLarge {
        /// Which job of the batch.
        index: usize,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn did_you_mean(kinds: &[Kind]) -> String {
    if kinds.is_empty() {
        return ": no deployed kind is like it (`cofferdam modules list` shows them, `cofferdam deploy JOB.wasm` \
                adds one)"
            .to_owned();
    }
    let names: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    format!("; did you mean {}?", names.join(", "))
}

/// Commits of many attempts and the next claim, in one round trip.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// Applied in this order, each by itself.
    pub commits: Vec<Commit>,
    /// Then this; `None`: no new jobs wanted.
    pub claim: Option<Claim>,
}

/// The answer to an [`Exchange`].
#[derive(Clone, Debug, Default)]
pub struct Exchanged {
    /// One for each commit, in order.
    pub replies: Vec<CommitReply>,
    /// The jobs given, in the order in which they are to start.
    pub claimed: Vec<Claimed>,
    /// The worker is not signed on (its lease ran out): nothing was claimed.
    pub expired: bool,
    /// The oldest job that this worker may run but has no free memory for.
    pub starved: Option<Starved>,
    /// When the next scheduled or retryable job is due, if any is; by this machine's clock.
    pub next_due_at: Option<Timestamp>,
}

/// What a round of tending did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tended {
    /// Due jobs made available.
    pub promoted: u32,
    /// Jobs given back (or ended dead) because their worker was lost.
    pub reaped: u32,
    /// The workers that were found lost.
    pub lost: Vec<WorkerId>,
    /// Old finished jobs removed.
    pub pruned: u32,
    /// There are more dead jobs than the operator wants to keep, and none of them goes by itself.
    pub dead_overflow: bool,
    /// When the next scheduled or retryable job is due; by this machine's clock.
    pub next_due_at: Option<Timestamp>,
    /// When the first of all leases runs out unless it is renewed; by this machine's clock.
    pub next_expiry_at: Option<Timestamp>,
    /// There was more to do than the limit of one round.
    pub more: bool,
}

/// Something may have changed that concerns a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wake {
    /// Jobs may have become available.
    pub jobs: bool,
    /// There may be [`Notices`].
    pub notices: bool,
    /// Jobs were given to the claim that stayed ([`Claim::stays`]): the next exchange with a
    /// claim brings them.
    pub given: bool,
}

/// What became of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelReply {
    /// It had not started: it is cancelled.
    Cancelled,
    /// Its worker has been told; it will end with its newest state kept.
    Requested,
    /// It had ended before, in this state.
    Ended(State),
    /// There is no such job.
    Unknown,
}

/// What became of a retry by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryReply {
    /// It is available, with its counters at zero and its last checkpoint.
    Available,
    /// It is in this state, from which nothing is retried.
    Not(State),
    /// There is no such job.
    Unknown,
}

/// What workers do: the way of a job through the house.
pub trait Drive: Send + Sync {
    /// Sign on: from now on this worker may claim, for a lease at a time. Fails only as a
    /// store does; an id is signed on once.
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Sign off: what the worker still holds is given back at once, as interrupted.
    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Renew all leases of a worker, and hear what it must know.
    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>>;

    /// Commit and claim. After `Unavailable { maybe_applied: true }` the same commits may be
    /// repeated, and the next claim must say what the worker holds ([`Claim::held`]):
    /// the lost reply may have given it jobs that it has never heard of.
    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>>;

    /// A round of upkeep, in small steps: end leases that ran out or whose worker is proven
    /// dead, promote what is due, remove old finished jobs. Any worker does it.
    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>>;

    /// Completes when something may have changed since the last call returned. Wakes may
    /// be spurious; none is lost. Does not poll.
    fn woken(&self) -> BoxFuture<'_, Wake>;
}

/// What people and programs ask for.
pub trait Operate: Send + Sync {
    /// Enqueue all of them or none. A store that many share takes a large push in steps, and says
    /// how many jobs are enqueued when it went away in the middle.
    fn enqueue(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<Enqueued>, EnqueueError>>;

    /// Ask for the end of jobs; one reply for each.
    fn cancel(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<CancelReply>, StoreError>>;

    /// Run dead, cancelled, discarded, scheduled or retryable jobs now; one reply for each.
    fn retry(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<RetryReply>, StoreError>>;

    /// Forget finished jobs, with all that belongs to them. Returns which were deleted.
    fn delete(&self, ids: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>, StoreError>>;

    /// Stop or resume giving out jobs of a queue.
    fn pause(&self, queue: QueueName, paused: bool) -> BoxFuture<'_, Result<(), StoreError>>;

    /// End the lease of a worker at once, as one that was lost: for whoever saw its process end.
    /// Returns how many jobs go on elsewhere; an unknown worker has none.
    fn bury(&self, worker: WorkerId) -> BoxFuture<'_, Result<u32, StoreError>>;

    /// Tell a worker, or all live ones, what to do. Returns how many were told.
    fn order(&self, worker: Option<WorkerId>, order: WorkerOrder) -> BoxFuture<'_, Result<u32, StoreError>>;
}

/// A whole store.
pub trait Store: Drive + Operate + Modules + Inspect {
    /// What this store is called in messages: its URL without secrets.
    fn name(&self) -> &str;

    /// The largest values that it takes.
    fn size_limits(&self) -> SizeLimits;
}
