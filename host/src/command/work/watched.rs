//! What a worker's log tells of its jobs, and the hook that ends it at a step.
//!
//! A job that completes is told at the level `debug`: at full speed it would be the log that
//! is slow.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{Claimed, Commit, End, Next, Outcome, State, WorkerId, message_of};
use cofferdam_worker::{Observer, Step};

use super::supervised::Said;
use super::watchdog;
use crate::kill_at::KillAt;

/// Watches a worker.
pub struct Watched {
    pub kill_at: Option<Arc<KillAt>>,
    pub drain_timeout: Duration,
    /// Who ends our leases if this process dies.
    pub supervisor: Option<Said>,
}

impl Observer for Watched {
    fn signed_on(&self, worker: &WorkerId) {
        if let Some(supervisor) = &self.supervisor {
            supervisor.signed_on(worker);
        }
    }

    fn started(&self, claimed: &Claimed) {
        let Claimed { id: job, kind, token, checkpoint, .. } = claimed;
        match checkpoint {
            None => tracing::debug!(%job, %kind, attempt = token.attempt, "started"),
            Some(from) => {
                let checkpoints = from.count;
                tracing::info!(%job, %kind, attempt = token.attempt, checkpoints, "went on from its checkpoint");
            }
        }
    }

    fn checkpointed(&self, claimed: &Claimed, commit: &Commit) {
        let Claimed { id: job, kind, .. } = claimed;
        let bytes = commit.saved.as_ref().map(|saved| saved.state.len());
        tracing::trace!(%job, %kind, bytes, "checkpoint is durable");
    }

    fn ended(&self, claimed: &Claimed, end: &End) {
        let Claimed { id: job, kind, token, .. } = claimed;
        let (outcome, wall_ms, attempt) = (end.outcome, end.wall_ms, token.attempt);
        let next = end.verdict.next.state();
        if let Next::Scheduled(delay_ms) = end.verdict.next {
            // Only the job's own wish leads there.
            tracing::info!(%job, %kind, attempt, wall_ms, delay_ms, "snoozed");
            return;
        }
        if outcome == Outcome::Completed {
            tracing::debug!(%job, %kind, attempt, wall_ms, "completed");
            return;
        }
        // As a value with a name it is written in quotes, and its control characters as text.
        let reason = message_of(&end.report).unwrap_or_default();
        match (outcome, next) {
            (_, State::Dead) => {
                tracing::error!(%job, %kind, attempt, %outcome, wall_ms, reason, "ended, and is dead")
            }
            (Outcome::Interrupted | Outcome::Cancelled, next) => {
                tracing::info!(%job, %kind, attempt, %outcome, %next, wall_ms, "ended");
            }
            (_, next) => tracing::warn!(%job, %kind, attempt, %outcome, %next, wall_ms, reason, "ended"),
        }
    }

    fn lease_lost(&self, claimed: &Claimed) {
        let Claimed { id: job, kind, .. } = claimed;
        tracing::warn!(%job, %kind, "its lease is lost: nothing of this attempt is written any more");
    }

    fn at(&self, step: Step) {
        if step == Step::Draining {
            // Also when it was asked to stop through the store, without a signal.
            watchdog::arm(self.drain_timeout);
        }
        if let Some(kill_at) = &self.kill_at {
            kill_at.at(step);
        }
    }
}
