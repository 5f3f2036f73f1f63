//! Commits out, jobs in: one round trip at a time, and what its answer means.

use std::future::poll_fn;
use std::task::Poll;

use cofferdam_queue::{CommitReply, Exchange, Exchanged, StoreError};

use crate::dispatcher::{Answer, Dispatcher};
use crate::message::AttemptNo;
use crate::observer::Step;
use crate::outbox::{Outgoing, Owner};
use crate::patience::{self, answer_within};
use crate::sandbox::{Ended, Stop};
use crate::world::Moment;

/// How exactly the time of another machine is known.
const CLOCKS_JITTER_MS: u64 = 3;

impl Dispatcher {
    /// Whether there is something to say now.
    fn exchange_is_due(&self, now: Moment) -> bool {
        self.outbox.has_unanswered()
            || self.outbox.claim_lost
            || self.outbox.given
            || self.flushes.first().is_some_and(|(at, _)| *at <= now)
            || self.outbox.due_at(!self.ready.is_empty()).is_some_and(|at| at <= now)
            || self.needs_jobs(now)
    }

    /// Sends what has gathered and asks for more.
    pub fn exchange(&mut self, now: Moment) {
        if !self.exchange_is_due(now) {
            return;
        }
        self.take_due_checkpoints(now);
        let commits = self.outbox.send(now);
        let claim = self.claim(!commits.is_empty(), now);
        if commits.is_empty() && claim.is_none() {
            return;
        }
        let observer = self.ports.observer.clone();
        let committed = commits.len();
        if committed > 0 {
            observer.at(Step::BeforeCommit);
        }
        let asked = claim.as_ref().map(|claim| claim.jobs_max);
        if asked.is_some() {
            self.admission.asks();
        }
        let (drive, world) = (self.ports.drive.clone(), self.ports.world.clone());
        let patience = patience::with_a_call(self.config.lease);
        self.call = Some(Box::pin(async move {
            let exchange = drive.exchange(Exchange { commits, claim });
            let mut answer = Box::pin(answer_within(patience, world.as_ref(), exchange));
            let at_once = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
            if committed > 0 {
                observer.at(Step::CommitSent);
            }
            let result = match at_once {
                Poll::Ready(result) => result,
                Poll::Pending => answer.await,
            };
            Answer::Exchanged { asked, committed, result }
        }));
    }

    /// The newest states whose time has come join the group.
    fn take_due_checkpoints(&mut self, now: Moment) {
        while self.outbox.room() > 0 {
            let Some(&(at, no)) = self.flushes.first().filter(|(at, _)| *at <= now) else { return };
            self.flushes.remove(&(at, no));
            // An entry may be older than a commit that took its state along.
            let Some(attempt) = self.attempts.get_mut(&no).filter(|a| !a.committing && a.ended.is_none())
            else {
                continue;
            };
            if let Some((commit, checkpoint_no)) = attempt.checkpoint(now) {
                let owner = Owner::Checkpoint { attempt: no, checkpoint_no };
                self.outbox.add(Outgoing { commit, owner });
            }
        }
    }

    pub fn exchanged(
        &mut self,
        asked: Option<usize>,
        committed: usize,
        result: Result<Exchanged, StoreError>,
        now: Moment,
    ) {
        let exchanged = match result {
            Ok(exchanged) => exchanged,
            Err(error) => {
                let maybe_applied = !matches!(error, StoreError::Unavailable { maybe_applied: false, .. });
                self.outbox.claim_lost |= asked.is_some() && maybe_applied;
                self.failed("the store does not answer; trying again", &error, now);
                return;
            }
        };
        self.store_answers();
        if committed > 0 {
            self.ports.observer.at(Step::AfterCommit);
        }
        let mut replies = exchanged.replies.into_iter();
        for outgoing in self.outbox.answered() {
            match replies.next() {
                Some(reply) => self.committed(outgoing, reply, now),
                // Not answered: it goes again.
                None => self.outbox.add(outgoing),
            }
        }
        let recovered = std::mem::take(&mut self.outbox.claim_lost) && asked.is_some();
        let given = exchanged.claimed.len();
        let largest_bytes = self.take_claimed(exchanged.claimed, now);
        match asked {
            _ if recovered => self.admission.look_again(),
            Some(asked) => {
                self.admission.answered(asked, given, largest_bytes, exchanged.starved.as_ref(), now)
            }
            None => {}
        }
        self.due.send_if_modified(|known| {
            // By another machine's clock, the same time differs by a little each time.
            let same = match (*known, exchanged.next_due_at) {
                (Some(known), Some(next)) => known.0.abs_diff(next.0) <= CLOCKS_JITTER_MS,
                (known, next) => known == next,
            };
            if !same {
                *known = exchanged.next_due_at;
            }
            !same
        });
        if exchanged.expired {
            self.lose_lease("the store says that it ran out");
        }
    }

    fn committed(&mut self, outgoing: Outgoing, reply: CommitReply, now: Moment) {
        let Outgoing { commit, owner } = outgoing;
        let durable = reply != CommitReply::LeaseLost;
        match owner {
            Owner::Checkpoint { attempt, .. } if !durable => self.abandon(attempt),
            Owner::Checkpoint { attempt: no, checkpoint_no } => {
                let Some(attempt) = self.attempts.get_mut(&no) else { return };
                attempt.checkpointed(&commit, checkpoint_no);
                if commit.saved.is_some() {
                    self.ports.observer.checkpointed(&attempt.claimed, &commit);
                }
                match attempt.ended.take() {
                    Some(ended) => self.conclude(no, ended, now),
                    None => self.plan_flush(no, now),
                }
            }
            Owner::End { claimed, interrupted } => {
                let given_back = durable;
                self.summary
                    .interrupted
                    .extend(interrupted.map(|lost| crate::summary::Interrupted { given_back, ..lost }));
                match &commit.end {
                    Some(end) if durable => {
                        self.summary.ended += 1;
                        self.ports.observer.ended(&claimed, end);
                    }
                    _ => {
                        tracing::warn!(job = %claimed.id, attempt = %claimed.token, "lease lost before the end");
                        self.ports.observer.lease_lost(&claimed);
                    }
                }
            }
            Owner::GivenBack { .. } if durable => self.summary.returned += 1,
            Owner::GivenBack { claimed } => self.ports.observer.lease_lost(&claimed),
        }
    }

    /// The job runs elsewhere, or not at all: its guest here has nothing more to say.
    fn abandon(&mut self, no: AttemptNo) {
        let Some(attempt) = self.attempts.remove(&no) else { return };
        tracing::warn!(job = %attempt.claimed.id, attempt = %attempt.claimed.token, "lease lost; ending its guest");
        self.ports.observer.lease_lost(&attempt.claimed);
        if !attempt.released {
            attempt.guest.end_now(Stop::Interrupt);
            self.orphans.insert(no, attempt.reservation_bytes);
        }
    }

    pub fn plan_flush(&mut self, no: AttemptNo, now: Moment) {
        let Some(attempt) = self.attempts.get_mut(&no) else { return };
        if let Some(due_at) = attempt.plan_flush(&self.config.flush, now) {
            self.flushes.insert((due_at, no));
        }
    }

    /// A guest is gone.
    pub fn guest_ended(&mut self, no: AttemptNo, ended: Ended, now: Moment) {
        if let Some(reservation_bytes) = self.orphans.remove(&no) {
            self.admission.stop(reservation_bytes);
            return;
        }
        let Some(attempt) = self.attempts.get_mut(&no).filter(|attempt| !attempt.released) else { return };
        attempt.released = true;
        self.admission.stop(attempt.reservation_bytes);
        self.pace.ended(now.since(attempt.started_at), now);
        if attempt.committing {
            attempt.ended = Some(ended);
        } else {
            self.conclude(no, ended, now);
        }
    }

    /// The end of an attempt is known and nothing of it is on its way: its last commit.
    pub fn conclude(&mut self, no: AttemptNo, ended: Ended, now: Moment) {
        let Some(attempt) = self.attempts.remove(&no) else { return };
        if ended.outcome == cofferdam_queue::Outcome::HostError {
            tracing::error!(job = %attempt.claimed.id, "host error: {}", ended.message);
        }
        let interrupted = (self.drain.is_some() && ended.outcome == cofferdam_queue::Outcome::Interrupted)
            .then(|| attempt.interrupted(now));
        let commit = attempt.conclude(ended, self.ports.world.random_u64());
        self.outbox.push(commit, Owner::End { claimed: attempt.claimed, interrupted }, now);
    }
}
