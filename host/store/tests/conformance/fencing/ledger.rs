//! The account of what was answered, kept apart from both stores: what must be true of the
//! house in the end, and of every answer on the way.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use cofferdam_queue::*;

/// What is known of one job.
#[derive(Default)]
struct Account {
    /// The newest token given out, whom it was given to, and how many of its commits were applied.
    token: Option<Token>,
    holder: Option<WorkerId>,
    seq: u32,
    lease: Lease,
    applied: BTreeSet<(String, u32)>,
    chunks: BTreeMap<u64, Bytes>,
    checkpoint: Option<(Bytes, u64)>,
    completions: u32,
}

/// What is known of the newest lease.
#[derive(Default, PartialEq, Eq)]
enum Lease {
    /// There is none.
    #[default]
    Over,
    Held,
    /// The holder said that it does not hold it, in a call that may have come too late to matter.
    Disowned,
}

#[derive(Default)]
pub struct Ledger {
    jobs: BTreeMap<JobId, Account>,
    children: BTreeSet<JobId>,
}

type Checked = Result<(), String>;

fn check(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}

impl Ledger {
    pub fn pushed(&mut self, id: &JobId) {
        self.jobs.entry(id.clone()).or_default();
    }

    pub fn jobs(&self) -> usize {
        self.jobs.len()
    }

    /// A call was answered, whether anybody heard it or not.
    pub fn exchanged(&mut self, asked: &Exchange, answer: &Exchanged) -> Checked {
        check(asked.commits.len() == answer.replies.len(), || "a commit without an answer".to_owned())?;
        for (commit, reply) in asked.commits.iter().zip(&answer.replies) {
            self.committed(commit, *reply)?;
        }
        let Some(claim) = &asked.claim else { return Ok(()) };
        if let Some(held) = &claim.held {
            let given: Vec<&JobId> = answer.claimed.iter().map(|claimed| &claimed.id).collect();
            for (id, job) in &mut self.jobs {
                let is_holder = job.holder.as_ref() == Some(&claim.worker);
                if is_holder && job.lease == Lease::Held && !held.contains(id) && !given.contains(&id) {
                    job.lease = Lease::Disowned;
                }
            }
        }
        if answer.expired {
            self.lost(&claim.worker);
        }
        answer.claimed.iter().try_for_each(|claimed| self.claimed(&claim.worker, claimed))
    }

    /// The leases of this worker are over.
    pub fn lost(&mut self, worker: &WorkerId) {
        for job in self.jobs.values_mut().filter(|job| job.holder.as_ref() == Some(worker)) {
            job.lease = Lease::Over;
        }
    }

    fn claimed(&mut self, worker: &WorkerId, claimed: &Claimed) -> Checked {
        let Claimed { id, token, checkpoint, .. } = claimed;
        let job = self.jobs.entry(id.clone()).or_default();
        check(job.completions == 0, || format!("{id} was completed, and is given out again"))?;
        let heard = checkpoint.as_ref().map(|checkpoint| (checkpoint.state.clone(), checkpoint.next_effect));
        check(heard == job.checkpoint, || {
            format!("{id} goes on from {heard:?}; its newest checkpoint is {:?}", job.checkpoint)
        })?;
        let newest = job.token.map_or(0, |token| token.attempt);
        if job.token == Some(*token) {
            // Told again, because nobody had heard of it.
            check(job.seq == 0 && job.lease != Lease::Over, || format!("{id} is given the old {token}"))?;
        } else {
            check(token.attempt > newest, || format!("{id} is given {token} after attempt {newest}"))?;
            check(job.lease != Lease::Held, || format!("{id} is under two leases: {token} and {newest}"))?;
        }
        let next_effect = job.checkpoint.as_ref().map_or(0, |(_, next_effect)| *next_effect);
        job.chunks.split_off(&next_effect);
        (job.token, job.holder, job.seq, job.lease) = (Some(*token), Some(worker.clone()), 0, Lease::Held);
        Ok(())
    }

    fn committed(&mut self, commit: &Commit, reply: CommitReply) -> Checked {
        let Commit { id, token, seq, .. } = commit;
        let job = self.jobs.entry(id.clone()).or_default();
        let mark = (token.to_string(), *seq);
        let before = job.applied.contains(&mark);
        check((reply == CommitReply::AlreadyApplied) == before, || {
            format!("commit {seq} of {token} of {id} is answered {reply:?}; applied before: {before}")
        })?;
        if reply != CommitReply::Applied {
            return Ok(());
        }
        check(job.token == Some(*token) && job.lease != Lease::Over && *seq == job.seq + 1, || {
            format!("commit {seq} of {token} of {id} is applied; the newest token is {:?}", job.token)
        })?;
        job.applied.insert(mark);
        job.seq = *seq;
        for append in &commit.effects.appends {
            let old = job.chunks.insert(append.number, append.bytes.clone());
            check(old.is_none(), || format!("chunk {} of {id} is written twice", append.number))?;
        }
        if let Some(saved) = &commit.saved {
            job.checkpoint = Some((saved.state.clone(), saved.next_effect));
        }
        if let Some(end) = &commit.end {
            job.lease = Lease::Over;
            job.completions += u32::from(end.verdict.next == Next::Completed);
            check(job.completions <= 1, || format!("{id} is completed twice"))?;
        }
        for child in &commit.effects.children {
            let id = child.job.id.clone();
            check(self.children.insert(id.clone()), || format!("child {id} is enqueued twice"))?;
            self.pushed(&id);
        }
        Ok(())
    }

    /// The house when all is done.
    pub async fn check_house(&self, store: &dyn Store, jobs: &[JobSummary]) -> Checked {
        let there: BTreeSet<&JobId> = jobs.iter().map(|job| &job.id).collect();
        let known: BTreeSet<&JobId> = self.jobs.keys().collect();
        check(there == known && there.len() == jobs.len(), || {
            format!("jobs in the store: {there:?}\njobs that were pushed or enqueued: {known:?}")
        })?;
        for summary in jobs {
            let (id, job) = (&summary.id, &self.jobs[&summary.id]);
            let attempts = store.attempts(id.clone()).await.unwrap();
            let ends = attempts.iter().filter(|attempt| attempt.outcome == Outcome::Completed).count();
            // Not only those in a row: an interruption in between is no progress.
            let lost = attempts.iter().filter(|attempt| attempt.outcome == Outcome::WorkerLost);
            let fits = match summary.state {
                State::Completed => job.completions == 1 && ends == 1,
                State::Dead => job.completions == 0 && ends == 0 && lost.count() >= CRASHES_MAX as usize,
                _ => false,
            };
            check(fits, || format!("{id} is {:?}: {} ends, {attempts:#?}", summary.state, job.completions))?;
            let rows = store.part(id.clone(), PartName::trusted("rows")).await.unwrap();
            let chunks: Vec<&Bytes> = job.chunks.values().collect();
            check(rows.iter().eq(chunks.iter().copied()), || {
                format!("the part of {id} is {rows:?}; committed were {chunks:?}")
            })?;
        }
        Ok(())
    }
}
