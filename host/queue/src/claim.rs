//! Taking jobs under a lease: a claim says what this worker can run now.
//!
//! What waits for memory is not claimed. Jobs line up in lanes of one queue, one kind
//! and one step of the memory ladder, so that a store finds the first that fits
//! without passing over the many that do not.

use bytes::Bytes;

use crate::{Counters, JobId, Kind, ModuleHash, QueueName, Timestamp, Token, WorkerId};

/// In which order a worker serves its queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum QueueOrder {
    /// Every queue there is, oldest job first.
    #[default]
    All,
    /// The first queue until nothing in it can be run, then the next.
    Strict(Vec<QueueName>),
    /// Drawn by weight for each claim, by the worker; the rest follow in drawn order.
    Weighted(Vec<(QueueName, u32)>),
}

/// A module that this worker has compiled, and what an attempt of it reserves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The kind it runs.
    pub kind: Kind,
    /// The module.
    pub module: ModuleHash,
    /// The version of the checkpoints that it reads and writes.
    pub checkpoint_version: u32,
    /// What an attempt reserves at each step of the memory ladder, in bytes. Never empty.
    pub reservations_bytes: Vec<u64>,
    /// It is its kind's newest; else it only runs jobs whose checkpoint it wrote.
    pub current: bool,
}

impl Program {
    /// What an attempt at `step` reserves; beyond the ladder's end, what its last step does.
    pub fn reservation_bytes(&self, step: u8) -> u64 {
        let last = self.reservations_bytes.len().saturating_sub(1);
        self.reservations_bytes.get(usize::from(step).min(last)).copied().unwrap_or(u64::MAX)
    }

    /// Whether this is the module that a job goes on with, whose newest checkpoint
    /// (if it has one) was written by `wrote` at `version`.
    pub fn continues(&self, checkpoint: Option<(ModuleHash, u32)>) -> bool {
        match checkpoint {
            None => self.current,
            Some((_, version)) if self.current => version == self.checkpoint_version,
            Some((wrote, version)) => wrote == self.module && version == self.checkpoint_version,
        }
    }
}

/// Ask for jobs.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Who asks; must be signed on.
    pub worker: WorkerId,
    /// The queues, most wanted first; empty: all queues, oldest job first. A worker with
    /// weighted queues draws this order anew for each claim.
    pub queues: Vec<QueueName>,
    /// What it can run. Shared, because it changes only at a deploy.
    pub programs: std::sync::Arc<Vec<Program>>,
    /// The count of deploys that came with the pointers from which `programs` is. When the
    /// store has counted on since, it gives nothing new: what is deployed runs as deployed, from
    /// the moment that the deploy was acknowledged.
    pub deploys: u64,
    /// The most jobs to give.
    pub jobs_max: usize,
    /// The memory not reserved now, in bytes: the reservations of all jobs given fit into it.
    pub free_bytes: u64,
    /// The memory there is in all: what is over it is never claimed by this worker.
    pub budget_bytes: u64,
    /// After an exchange whose reply was lost: every job that this worker holds. What
    /// else the store has under its lease is given in `claimed` again, with the token
    /// it had. `None`: no reply was lost.
    pub held: Option<Vec<JobId>>,
    /// When there are fewer jobs than wanted, the store may keep this claim until the worker's next
    /// one, and serve it when jobs are pushed, up to so many in all: those that can start at once.
    /// [`Wake::given`](crate::Wake::given) tells. What is given so is under the worker's lease before
    /// it has heard of it. 0: the claim does not stay.
    pub stays: usize,
    /// Grows with each claim of this worker. One whose turn is not after that of the last is of
    /// a call that was given up, and arrives late: it gets nothing, because nobody would hear of
    /// it, and the worker would hold those jobs for ever.
    pub turn: u64,
    /// Random bits for the tokens.
    pub random: u64,
}

impl Claim {
    /// Asks for that much less: these jobs are the worker's already.
    pub fn take_off(&mut self, jobs: &[Claimed]) {
        for job in jobs {
            let same = self.programs.iter().find(|one| one.kind == job.kind && one.module == job.module);
            let reservation_bytes = same.map_or(0, |program| program.reservation_bytes(job.step));
            self.free_bytes = self.free_bytes.saturating_sub(reservation_bytes);
            self.jobs_max = self.jobs_max.saturating_sub(1);
            self.stays = self.stays.saturating_sub(1);
        }
    }
}

/// The durable state from which an attempt goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The job's own bytes.
    pub state: Bytes,
    /// The number of its next effect.
    pub next_effect: u64,
    /// The module that wrote it.
    pub module: ModuleHash,
    /// The version of its state.
    pub version: u32,
    /// How many checkpoints were made durable over all attempts.
    pub count: u64,
    /// When it became durable.
    pub at: Timestamp,
}

/// One job, under a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The job.
    pub id: JobId,
    /// Its kind.
    pub kind: Kind,
    /// Its queue.
    pub queue: QueueName,
    /// The proof of the lease.
    pub token: Token,
    /// The module this attempt runs.
    pub module: ModuleHash,
    /// The step of the memory ladder.
    pub step: u8,
    /// Its input.
    pub input: Bytes,
    /// Where to go on; `None`: from the start.
    pub checkpoint: Option<Checkpoint>,
    /// What it has been through.
    pub counters: Counters,
    /// The fuel that its ended attempts used.
    pub fuel_spent: u64,
    /// The wall time of its ended attempts, in milliseconds.
    pub wall_spent_ms: u64,
    /// When it was pushed.
    pub enqueued_at: Timestamp,
    /// When it became available the last time.
    pub available_at: Timestamp,
}

/// A job that this worker could run if more of its memory were free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starved {
    /// What it needs, in bytes.
    pub reservation_bytes: u64,
    /// Since when it could run.
    pub available_at: Timestamp,
}
