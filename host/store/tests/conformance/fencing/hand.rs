//! A worker as the stores see one: what it believes to hold, what it has not been answered, and
//! how it repeats itself.

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::*;

use super::steps::{Ends, Writes};
use crate::ground::{MIB, end, hash, program};

pub const KIND: &str = "mail";

/// An attempt that it believes to run.
struct Running {
    claimed: Claimed,
    seq: u32,
    next_effect: u64,
    /// A commit of it was not answered: the next one waits.
    committing: bool,
    ended: bool,
}

pub struct Hand {
    /// Its handles on the model and on the other store.
    pub stores: [Arc<dyn Store>; 2],
    name: String,
    leases: u32,
    turn: u64,
    drawn: u64,
    running: Vec<Running>,
    unanswered: Vec<Commit>,
    claim_lost: bool,
}

impl Hand {
    pub fn new(name: &str, stores: [Arc<dyn Store>; 2]) -> Hand {
        Hand {
            stores,
            name: name.to_owned(),
            leases: 1,
            turn: 0,
            drawn: 0,
            running: Vec::new(),
            unanswered: Vec::new(),
            claim_lost: false,
        }
    }

    pub fn id(&self) -> WorkerId {
        WorkerId::trusted(&format!("{}{}", self.name, self.leases))
    }

    /// Its lease is over: everything is forgotten, and its next id is another one.
    pub fn lose_lease(&mut self) {
        self.leases += 1;
        self.running.clear();
        self.unanswered.clear();
        self.claim_lost = false;
    }

    /// A guest of it wrote something.
    pub fn write(&mut self, attempt: usize, writes: Writes) {
        let mut idle: Vec<&mut Running> =
            self.running.iter_mut().filter(|one| !one.committing && !one.ended).collect();
        if idle.is_empty() {
            return;
        }
        let place = attempt % idle.len();
        self.unanswered.push(idle[place].write(writes));
    }

    /// Completes all that it runs, as it is.
    pub fn complete_all(&mut self) {
        let plain =
            Writes { saved: false, chunk: false, child: false, line: false, end: Some(Ends::Completed) };
        for one in self.running.iter_mut().filter(|one| !one.committing && !one.ended) {
            self.unanswered.push(one.write(plain));
        }
    }

    /// Its next call: what was not answered goes again, in the same order.
    pub fn exchange(&mut self, jobs_max: usize, deploys: u64) -> Exchange {
        self.turn += 1;
        self.drawn += 1;
        let held = self.claim_lost.then(|| {
            self.running.iter().filter(|one| !one.ended).map(|one| one.claimed.id.clone()).collect()
        });
        let claim = Claim {
            worker: self.id(),
            queues: Vec::new(),
            programs: Arc::new(vec![program(KIND, 1, &[MIB])]),
            deploys,
            jobs_max,
            free_bytes: 1_000 * MIB,
            budget_bytes: 1_000 * MIB,
            held,
            stays: 0,
            turn: self.turn,
            random: self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(self.name.as_bytes()[0]),
        };
        Exchange { commits: self.unanswered.clone(), claim: Some(claim) }
    }

    pub fn beat(&self) -> Heartbeat {
        Heartbeat { worker: self.id(), quiet: false, reserved_bytes: 0, running: self.running.len() as u32 }
    }

    /// No answer came: it may have been given jobs of which it has not heard.
    pub fn missed(&mut self) {
        self.claim_lost = true;
    }

    pub fn answered(&mut self, answer: &Exchanged) {
        self.claim_lost = false;
        for (commit, reply) in std::mem::take(&mut self.unanswered).iter().zip(&answer.replies) {
            let over = *reply == CommitReply::LeaseLost || commit.end.is_some();
            self.running.retain(|one| !(over && one.claimed.token == commit.token && one.is_of(&commit.id)));
            let same = |one: &&mut Running| one.claimed.token == commit.token && one.is_of(&commit.id);
            self.running.iter_mut().filter(same).for_each(|one| one.committing = false);
        }
        self.running.extend(answer.claimed.iter().cloned().map(Running::new));
    }
}

impl Running {
    fn new(claimed: Claimed) -> Running {
        let next_effect = claimed.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.next_effect);
        Running { claimed, seq: 0, next_effect, committing: false, ended: false }
    }

    fn is_of(&self, id: &JobId) -> bool {
        self.claimed.id == *id
    }

    fn write(&mut self, writes: Writes) -> Commit {
        self.seq += 1;
        self.committing = true;
        self.ended = writes.end.is_some();
        let job = &self.claimed;
        let mut commit = match writes.end {
            None => crate::ground::commit(job, self.seq),
            Some(Ends::Completed) => end(job, self.seq, Outcome::Completed, Next::Completed),
            Some(Ends::Retryable) => end(job, self.seq, Outcome::Failed, Next::Retryable(700)),
            Some(Ends::Front) => end(job, self.seq, Outcome::Interrupted, Next::Available(Place::Front)),
            Some(Ends::Back) => end(job, self.seq, Outcome::Interrupted, Next::Available(Place::Back)),
        };
        let said = format!("{} of {}", self.seq, job.token);
        // Of children there is one generation, so that a run comes to its end.
        let may_have_child = writes.saved || writes.end == Some(Ends::Completed);
        if writes.child && may_have_child && !job.id.as_str().contains('.') {
            let child = crate::ground::job(job.id.child(self.next_effect).as_str(), KIND);
            commit.effects.children.push(Child { number: self.next_effect, job: child });
            self.next_effect += 1;
        }
        if writes.chunk {
            let (part, bytes) = (PartName::trusted("rows"), Bytes::from(said.clone()));
            commit.effects.appends.push(Append { number: self.next_effect, part, bytes });
            self.next_effect += 1;
        }
        if writes.line {
            let (at, attempt) = (crate::ground::START, job.token.attempt);
            commit.effects.logs.push(LogLine { at, attempt, level: "info".to_owned(), text: said.clone() });
        }
        if writes.saved {
            commit.saved = Some(Saved {
                state: Bytes::from(said),
                next_effect: self.next_effect,
                module: hash(KIND, 1),
                version: 1,
                count: 1,
                progressed: true,
            });
        }
        commit
    }
}
