//! All that the model knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::{
    Checkpoint, Claim, Claimed, Clock, Counters, JobId, Kind, LogLine, Manifest, ModuleHash, Outcome,
    PartName, Program, Progress, QueueName, SizeLimits, State, Timestamp, Token, Wake, WorkerFacts, WorkerId,
    WorkerOrder,
};

use crate::Retention;

pub(super) struct House {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) retention: Retention,
    pub(super) size_limits: SizeLimits,
    /// The next number: of a job, or of a place in line.
    pub(super) next: u64,
    pub(super) jobs: BTreeMap<JobId, Job>,
    pub(super) workers: BTreeMap<WorkerId, Worker>,
    /// When any of them was heard last.
    pub(super) heard_at: Timestamp,
    /// Workers that were lost, as far as the proof of it goes.
    pub(super) dead: BTreeSet<WorkerId>,
    /// Claims that got less than they asked for, and stay until their workers are woken.
    pub(super) waiting: BTreeMap<WorkerId, Claim>,
    /// Jobs that were handed to a worker, until it asks.
    pub(super) handed: BTreeMap<WorkerId, Vec<Claimed>>,
    pub(super) paused: BTreeSet<QueueName>,
    pub(super) modules: BTreeMap<ModuleHash, Bytes>,
    pub(super) deployments: Vec<Deployment>,
    pub(super) deploys: u64,
    /// What others have to hear of the operation under way.
    pub(super) wake: Wake,
}

#[derive(Clone, Debug)]
pub(super) struct Job {
    /// In the order of pushing.
    pub(super) n: u64,
    pub(super) id: JobId,
    pub(super) kind: Kind,
    pub(super) queue: QueueName,
    pub(super) input: Bytes,
    pub(super) parent: Option<JobId>,
    pub(super) enqueued_at: Timestamp,
    pub(super) state: State,
    /// Since when it is in that state; when it is due, if it is.
    pub(super) at: Timestamp,
    /// Its place in line.
    pub(super) ord: u64,
    /// The attempts that were started.
    pub(super) attempt: u32,
    pub(super) counters: Counters,
    pub(super) step: u8,
    pub(super) fuel_spent: u64,
    pub(super) wall_spent_ms: u64,
    pub(super) lease: Option<Lease>,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) appends: BTreeMap<u64, (PartName, Bytes)>,
    pub(super) progress: Option<Progress>,
    pub(super) logs: Vec<LogLine>,
    /// How many lines were ever written.
    pub(super) logged: u64,
    pub(super) attempts: Vec<Attempt>,
    pub(super) output: Option<Bytes>,
    pub(super) reason: Option<String>,
    pub(super) finished_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) worker: WorkerId,
    pub(super) token: Token,
    /// Of the last commit applied.
    pub(super) seq: u32,
    pub(super) module: ModuleHash,
    pub(super) progressed: bool,
    pub(super) cancel: bool,
    pub(super) started_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) token: Token,
    pub(super) seq: u32,
    pub(super) outcome: Outcome,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Timestamp,
    pub(super) report: Bytes,
}

#[derive(Clone, Debug)]
pub(super) struct Worker {
    /// In the order of signing on.
    pub(super) number: u64,
    pub(super) facts: WorkerFacts,
    pub(super) expires_at: Timestamp,
    pub(super) order: WorkerOrder,
    pub(super) quiet: bool,
    pub(super) running: u32,
    pub(super) reserved_bytes: u64,
    /// Of its last claim.
    pub(super) turn: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Deployment {
    pub(super) kind: Kind,
    pub(super) module: ModuleHash,
    pub(super) manifest: Manifest,
    /// Of the deploys of all kinds.
    pub(super) turn: u64,
    pub(super) current: bool,
    pub(super) deployed_at: Timestamp,
}

impl House {
    pub(super) fn new(clock: Arc<dyn Clock>, retention: Retention, size_limits: SizeLimits) -> House {
        House {
            clock,
            retention,
            size_limits,
            next: 1,
            jobs: BTreeMap::new(),
            workers: BTreeMap::new(),
            heard_at: Timestamp(0),
            dead: BTreeSet::new(),
            waiting: BTreeMap::new(),
            handed: BTreeMap::new(),
            paused: BTreeSet::new(),
            modules: BTreeMap::new(),
            deployments: Vec::new(),
            deploys: 0,
            wake: Wake::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn next(&mut self) -> u64 {
        let next = self.next;
        self.next += 1;
        next
    }

    /// The module that a kind points to.
    pub(super) fn current(&self, kind: &Kind) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.current && deployment.kind == *kind)
    }
}

impl Job {
    /// The program of these that goes on with this job: the kind's newest if it can.
    pub(super) fn program<'p>(&self, programs: &'p [Program]) -> Option<&'p Program> {
        let wrote = self.checkpoint.as_ref().map(|checkpoint| (checkpoint.module, checkpoint.version));
        let fits = |program: &&Program| program.kind == self.kind && program.continues(wrote);
        programs.iter().filter(fits).find(|program| program.current).or(programs.iter().find(fits))
    }
}
