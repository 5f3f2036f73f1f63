//! The end of an attempt: its lease goes, its job moves to where the verdict says.

use bytes::Bytes;
use cofferdam_queue::{Event, JobId, Next, Outcome, Place, State, Verdict, transition};

use super::house::{Attempt, House, Lease};

/// How an attempt ended, whoever says so.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    pub(super) verdict: Verdict,
    pub(super) seq: u32,
    pub(super) output: Option<Bytes>,
    pub(super) report: Bytes,
    pub(super) fuel_used: u64,
    pub(super) wall_ms: u64,
}

impl Ended {
    /// An end that no worker reported.
    pub(super) fn without_report(outcome: Outcome, verdict: Verdict, seq: u32) -> Ended {
        Ended { outcome, verdict, seq, output: None, report: Bytes::new(), fuel_used: 0, wall_ms: 0 }
    }
}

pub(super) fn settle(house: &mut House, id: &JobId, lease: &Lease, ended: Ended) {
    let (now, kept, back) = (house.now(), house.retention.attempts_per_job, house.next);
    let Some(job) = house.jobs.get_mut(id) else { return };
    let next = ended.verdict.next.unless_cancelled(lease.cancel);
    let Ok(state) = transition(job.state, Event::Settle, next.state()) else { return };
    job.state = state;
    job.at = now;
    job.lease = None;
    job.counters = ended.verdict.counters;
    job.step = ended.verdict.step;
    job.fuel_spent = job.fuel_spent.saturating_add(ended.fuel_used);
    job.wall_spent_ms = job.wall_spent_ms.saturating_add(ended.wall_ms);
    job.attempts.push(Attempt {
        token: lease.token,
        seq: ended.seq,
        outcome: ended.outcome,
        started_at: lease.started_at,
        ended_at: now,
        report: ended.report,
    });
    let oldest = lease.token.attempt.saturating_sub(kept);
    job.attempts.retain(|attempt| attempt.token.attempt > oldest);
    if state.is_final() {
        job.finished_at = Some(now);
        job.output = ended.output;
    } else {
        house.wake.jobs = true;
    }
    match next {
        Next::Available(Place::Back) => {
            job.ord = back;
            house.next += 1;
        }
        Next::Retryable(delay_ms) | Next::Scheduled(delay_ms) => job.at = now + delay_ms,
        Next::Dead(reason) | Next::Discarded(reason) => job.reason = Some(reason),
        Next::Available(Place::Front) | Next::Completed | Next::Cancelled => {}
    }
    debug_assert!(state == State::Running || job.lease.is_none());
}
