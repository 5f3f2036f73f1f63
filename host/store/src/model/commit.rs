//! Commit: a checkpoint or the end of an attempt, with its effects, if the lease is proven.

use cofferdam_queue::{Checkpoint, Commit, CommitReply, Saved};

use super::enqueue;
use super::house::{House, Job, Lease};
use super::settle::{Ended, settle};

pub(super) fn commit(house: &mut House, commit: Commit) -> CommitReply {
    let Some(job) = house.jobs.get_mut(&commit.id) else { return CommitReply::LeaseLost };
    let Some(lease) = job.lease.as_mut().filter(|lease| lease.token == commit.token) else {
        return reply_after_the_end(job, &commit);
    };
    if commit.seq != lease.seq + 1 {
        return if (1..=lease.seq).contains(&commit.seq) {
            CommitReply::AlreadyApplied
        } else {
            CommitReply::LeaseLost
        };
    }
    lease.seq = commit.seq;
    lease.progressed |= commit.saved.as_ref().is_some_and(|saved| saved.progressed);
    let lease = lease.clone();
    perform(house, commit, &lease);
    CommitReply::Applied
}

/// The lease is gone. If this commit was applied while it held, its sender only missed the reply.
fn reply_after_the_end(job: &Job, commit: &Commit) -> CommitReply {
    let ended = job.attempts.iter().find(|attempt| attempt.token == commit.token);
    match ended {
        Some(attempt) if (1..=attempt.seq).contains(&commit.seq) => CommitReply::AlreadyApplied,
        _ => CommitReply::LeaseLost,
    }
}

fn perform(house: &mut House, commit: Commit, lease: &Lease) {
    let (now, kept) = (house.now(), house.retention.log_lines_per_job);
    let Some(job) = house.jobs.get_mut(&commit.id) else { return };
    if let Some(Saved { state, next_effect, module, version, count, .. }) = commit.saved {
        let count = job.checkpoint.as_ref().map_or(0, |before| before.count) + count;
        job.checkpoint = Some(Checkpoint { state, next_effect, module, version, count, at: now });
    }
    for append in commit.effects.appends {
        job.appends.insert(append.number, (append.part, append.bytes));
    }
    if commit.effects.progress.is_some() {
        job.progress = commit.effects.progress;
    }
    job.logged += commit.effects.logs.len() as u64;
    job.logs.extend(commit.effects.logs);
    let surplus = (job.logs.len() as u64).saturating_sub(kept);
    job.logs.drain(..surplus as usize);
    for child in commit.effects.children {
        enqueue::insert(house, child.job, Some(&commit.id));
    }
    if let Some(end) = commit.end {
        let ended = Ended {
            outcome: end.outcome,
            verdict: end.verdict,
            seq: commit.seq,
            output: end.output,
            report: end.report,
            fuel_used: end.fuel_used,
            wall_ms: end.wall_ms,
        };
        settle(house, &commit.id, lease, ended);
    }
}
