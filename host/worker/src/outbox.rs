//! Commits on their way to the store. While one exchange is in flight the next gathers:
//! the group grows with the store's latency, without a timer.
//!
//! A commit leaves here only when the store has answered it. After an ambiguous
//! failure the same commits go again with the same numbers, and the store knows
//! those that it has applied.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{Claimed, Commit, JobId};

use crate::message::AttemptNo;
use crate::summary::Interrupted;
use crate::world::Moment;

/// The most commits in one exchange: bounds how long one transaction holds up the next.
const GROUP_MAX: usize = 512;
/// A group of this size goes without waiting for more.
const GROUP_GOOD: usize = 64;
/// How long an end waits for company while the guests have work in stock.
const LINGER: Duration = Duration::from_millis(1);

/// One commit, and who wants to know what became of it.
pub(crate) struct Outgoing {
    pub commit: Commit,
    pub owner: Owner,
}

pub(crate) enum Owner {
    /// An attempt that goes on, or whose end waits for this answer.
    Checkpoint { attempt: AttemptNo, checkpoint_no: u64 },
    /// An attempt that is over here.
    End { claimed: Arc<Claimed>, interrupted: Option<Interrupted> },
    /// A job that never started here.
    GivenBack { claimed: Arc<Claimed> },
}

#[derive(Default)]
pub(crate) struct Outbox {
    gathering: Vec<Outgoing>,
    oldest_at: Option<Moment>,
    /// Sent, in this order, and not answered.
    unanswered: Vec<Outgoing>,
    /// An exchange with a claim failed so that the store may have given jobs of which
    /// this worker has not heard.
    pub claim_lost: bool,
    /// The claim that stayed was given jobs: the next one brings them.
    pub given: bool,
    /// Since the last claim that went with commits there is less of the one that stays.
    pub renew: bool,
}

impl Outbox {
    pub fn push(&mut self, commit: Commit, owner: Owner, now: Moment) {
        self.oldest_at.get_or_insert(now);
        self.gathering.push(Outgoing { commit, owner });
    }

    /// The claim that stayed was given jobs, or it was not.
    pub fn handed(&mut self, given: bool) {
        self.given |= given;
        self.renew |= given;
    }

    pub fn is_empty(&self) -> bool {
        self.gathering.is_empty() && self.unanswered.is_empty()
    }

    /// When what is gathered here has to go at the latest. `stocked`: the guests have
    /// work, nobody waits for the answer.
    pub fn due_at(&self, stocked: bool) -> Option<Moment> {
        let oldest_at = self.oldest_at?;
        let wait = stocked && self.unanswered.is_empty() && self.gathering.len() < GROUP_GOOD;
        Some(if wait { oldest_at + LINGER } else { oldest_at })
    }

    /// Whether there are commits to send again.
    pub fn has_unanswered(&self) -> bool {
        !self.unanswered.is_empty()
    }

    /// Room in the group that is about to go.
    pub fn room(&self) -> usize {
        GROUP_MAX.saturating_sub(self.unanswered.len())
    }

    /// Adds one commit to the group that is about to go.
    pub fn add(&mut self, outgoing: Outgoing) {
        self.unanswered.push(outgoing);
    }

    /// The group to send: what was not answered, then what has gathered.
    pub fn send(&mut self, now: Moment) -> Vec<Commit> {
        let count = self.room().min(self.gathering.len());
        self.unanswered.extend(self.gathering.drain(..count));
        self.oldest_at = (!self.gathering.is_empty()).then_some(now);
        self.unanswered.iter().map(|outgoing| outgoing.commit.clone()).collect()
    }

    /// The store has answered the group.
    pub fn answered(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.unanswered)
    }

    /// The jobs whose leases are still needed after the group that goes now. Those that it
    /// ends are not among them: the claim of the same exchange may have given one of
    /// them out again, and if that answer was lost, the store has to say so.
    pub fn jobs(&self) -> impl Iterator<Item = &JobId> {
        self.gathering.iter().map(|outgoing| &outgoing.commit.id)
    }

    /// Everything, because the lease is lost: none of it will be written.
    pub fn abandon(&mut self) -> Vec<Outgoing> {
        self.oldest_at = None;
        self.claim_lost = false;
        self.given = false;
        self.renew = false;
        let mut all = std::mem::take(&mut self.unanswered);
        all.append(&mut self.gathering);
        all
    }
}
