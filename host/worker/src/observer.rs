//! Who watches a worker: surfaces that show its life, and tests that end it at a step.
//!
//! Called from the dispatcher: an observer that takes its time delays every job.

use cofferdam_queue::{Claimed, Commit, End, WorkerId};

/// Hears what happens, after it has happened. Every method does nothing by itself.
pub trait Observer: Send + Sync {
    /// The store knows the worker under this id from now on.
    fn signed_on(&self, _worker: &WorkerId) {}

    /// An attempt starts; with a checkpoint in `claimed`, it goes on from there.
    fn started(&self, _claimed: &Claimed) {}

    /// A checkpoint of a running attempt is durable.
    fn checkpointed(&self, _claimed: &Claimed, _commit: &Commit) {}

    /// The end of an attempt is durable.
    fn ended(&self, _claimed: &Claimed, _end: &End) {}

    /// The lease of an attempt is lost: nothing of it is written any more, and the job runs
    /// again elsewhere.
    fn lease_lost(&self, _claimed: &Claimed) {}

    /// The worker is at this step now.
    fn at(&self, _step: Step) {}
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// The places where a worker's death is most instructive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The store gave jobs; none of them has started.
    Claimed,
    /// An exchange with commits is ready and was not sent.
    BeforeCommit,
    /// An exchange with commits was sent and not answered.
    CommitSent,
    /// The store answered commits; nobody has acted on it.
    AfterCommit,
    /// A module is being compiled.
    Loading,
    /// A drain has begun; guests were asked to stop.
    Draining,
}

impl Step {
    /// All steps.
    pub const ALL: [Step; 6] = [
        Step::Claimed,
        Step::BeforeCommit,
        Step::CommitSent,
        Step::AfterCommit,
        Step::Loading,
        Step::Draining,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Claimed => "claimed",
            Step::BeforeCommit => "before_commit",
            Step::CommitSent => "commit_sent",
            Step::AfterCommit => "after_commit",
            Step::Loading => "loading",
            Step::Draining => "draining",
        }
    }
}
