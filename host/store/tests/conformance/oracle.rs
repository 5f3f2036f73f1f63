//! The model as the oracle: random operations, on it and on another store, must be answered alike
//! and leave the same house behind.
//!
//! Seeds are fixed; a failure prints its seed and step, and `STORE_SEED=N` runs that one alone.
//! `STORE_SEEDS=N` runs that many.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_store::model::ModelStore;
use cofferdam_store::redis::RedisStore;
use cofferdam_store::sqlite::{SqliteConfig, SqliteStore, Synchronous};
use cofferdam_store::{DeadOverflow, ManualClock, Retention};

use crate::ground::{LEASE_MS, MIB, Random, START, facts, hash, redis_config, redis_server, small};
use crate::twins::{Seen, differ};

const SEEDS: u64 = 6;
const STEPS: usize = 250;
const KINDS: [&str; 3] = ["mail", "report", "later"];
const QUEUES: [&str; 2] = ["default", "slow"];

/// The model and another store, and what the workers remember of their claims.
struct Twins {
    stores: [Arc<dyn Store>; 2],
    clock: Arc<ManualClock>,
    random: Random,
    claimed: Vec<(Claimed, u32)>,
    turn: u64,
    _kept: Box<dyn std::any::Any>,
}

/// The same call on both stores; the answers are equal.
macro_rules! both {
    ($twins:expr, $store:ident => $call:expr) => {{
        let mut answers = Vec::new();
        for $store in $twins.stores.clone() {
            answers.push($call.await);
        }
        let other = answers.pop().unwrap();
        let model = answers.pop().unwrap();
        same(stringify!($call), &model, &other, $twins.stores[1].name());
        model
    }};
}

/// The same, when the answer is of no further interest.
macro_rules! alike {
    ($twins:expr, $store:ident => $call:expr) => {
        drop(both!($twins, $store => $call))
    };
}

fn same(what: &str, model: &impl Debug, other: &impl Debug, name: &str) {
    if let Some(difference) = differ(what, model, other, name) {
        panic!("{difference}");
    }
}

/// What stands beside the model.
#[derive(Clone, Copy, Debug)]
enum Other {
    Sqlite,
    Redis,
}

impl Twins {
    fn new(seed: u64, other: Other) -> Twins {
        let clock = Arc::new(ManualClock::at(START));
        let retention = Retention {
            completed_age_ms: 40 * LEASE_MS,
            completed_count: 8,
            dead_count: 2,
            dead_overflow: if seed.is_multiple_of(2) { DeadOverflow::Drop } else { DeadOverflow::Alert },
            attempts_per_job: 4,
            log_lines_per_job: 5,
        };
        let model = ModelStore::new(clock.clone(), retention);
        let (store, kept): (Arc<dyn Store>, Box<dyn std::any::Any>) = match other {
            Other::Sqlite => {
                let dir = tempfile::tempdir().unwrap();
                let config = SqliteConfig {
                    clock: clock.clone(),
                    retention,
                    synchronous: Synchronous::Normal,
                    ..SqliteConfig::new(dir.path().join("jobs.db"))
                };
                (Arc::new(SqliteStore::open(config).unwrap()), Box::new(dir))
            }
            Other::Redis => {
                let server = redis_server();
                let config = redis_config(&server.url(), clock.clone(), retention);
                (Arc::new(RedisStore::new(config)), Box::new(server))
            }
        };
        let stores: [Arc<dyn Store>; 2] = [Arc::new(model), store];
        Twins { stores, clock, random: Random(seed), claimed: Vec::new(), turn: 0, _kept: kept }
    }

    async fn step(&mut self) {
        match self.random.below(40) {
            0..6 => self.enqueue().await,
            6..22 => self.exchange().await,
            22..24 => alike!(self, store => store.tend()),
            24..26 => self.clock.advance(self.random.below(LEASE_MS / 2)),
            26 => self.clock.set(self.clock.now() - self.random.below(2 * LEASE_MS)),
            27..30 => self.beat().await,
            30 => self.sign().await,
            31 => self.deploy().await,
            32 | 33 => {
                let ids = self.ids();
                alike!(self, store => store.cancel(ids.clone()));
            }
            34 | 35 => {
                let ids = self.ids();
                alike!(self, store => store.retry(ids.clone()));
            }
            36 => {
                let ids = self.ids();
                alike!(self, store => store.delete(ids.clone()));
            }
            37 => {
                let (queue, paused) = (QueueName::trusted(self.random.pick(&QUEUES)), self.random.one_in(2));
                alike!(self, store => store.pause(queue.clone(), paused));
            }
            38 => {
                let keep = self.random.below(3) as u32;
                alike!(self, store => store.prune_modules(keep));
            }
            _ => {
                let worker = self.random.one_in(2).then(|| self.worker());
                alike!(self, store => store.order(worker.clone(), WorkerOrder::Quiet));
            }
        }
    }

    fn id(&mut self) -> JobId {
        JobId::trusted(&format!("j{}", self.random.below(14)))
    }

    fn ids(&mut self) -> Vec<JobId> {
        (0..1 + self.random.below(2)).map(|_| self.id()).collect()
    }

    fn worker(&mut self) -> WorkerId {
        WorkerId::trusted(&format!("w{}", self.random.below(2)))
    }

    fn job(&mut self, id: JobId) -> NewJob {
        let due_at = self.random.one_in(4).then(|| self.clock.now() + self.random.below(LEASE_MS));
        let queue = self.random.one_in(3).then(|| QueueName::trusted(self.random.pick(&QUEUES)));
        let input = Bytes::from(vec![b'i'; self.random.below(40) as usize]);
        NewJob { id, kind: Kind::trusted(self.random.pick(&KINDS)), queue, input, due_at }
    }

    async fn enqueue(&mut self) {
        let mut jobs = Vec::new();
        for id in self.ids() {
            jobs.push(self.job(id));
        }
        alike!(self, store => store.enqueue(jobs.clone()));
    }

    async fn beat(&mut self) {
        let worker = self.worker();
        let beat = Heartbeat { worker, quiet: self.random.one_in(2), reserved_bytes: 7, running: 1 };
        alike!(self, store => store.heartbeat(beat.clone()));
    }

    async fn sign(&mut self) {
        let worker = self.worker();
        if self.random.one_in(3) {
            alike!(self, store => store.sign_off(worker.clone()));
        }
        alike!(self, store => store.sign_on(facts(&worker)));
    }

    async fn deploy(&mut self) {
        let (kind, number) = (self.random.pick(&KINDS[..2]), self.random.below(4) as u8);
        if self.random.one_in(3) {
            let to = self.random.one_in(2).then(|| hash(kind, number));
            alike!(self, store => store.rollback(Kind::trusted(kind), to));
        } else {
            let deploy = small(kind, number, 1 + u32::from(number / 2));
            alike!(self, store => store.deploy(deploy.clone()));
        }
    }

    async fn exchange(&mut self) {
        let mut commits = Vec::new();
        for _ in 0..self.random.below(4) {
            commits.extend(self.commit());
        }
        let claim = match self.random.below(4) {
            0 => None,
            _ => Some(self.claim().await),
        };
        let worker = claim.as_ref().map(|claim| claim.worker.clone());
        let exchange = Exchange { commits, claim };
        let got = both!(self, store => store.exchange(exchange.clone())).unwrap();
        assert!(worker.is_some() || got.claimed.is_empty());
        self.claimed.extend(got.claimed.into_iter().map(|claimed| (claimed, 1)));
    }

    /// Of an attempt under way, or stale, or repeated, or out of order.
    fn commit(&mut self) -> Option<Commit> {
        if self.claimed.is_empty() {
            return None;
        }
        let newest = self.claimed.len().saturating_sub(6) as u64;
        let index = match self.random.one_in(4) {
            true => self.random.below(self.claimed.len() as u64),
            false => newest + self.random.below(self.claimed.len() as u64 - newest),
        } as usize;
        let (job, next) = self.claimed[index].clone();
        let seq = match self.random.below(8) {
            0 => next.saturating_sub(1),
            1 => next + 1,
            _ => next,
        };
        self.claimed[index].1 = next.max(seq + 1);
        let saved = self.random.one_in(2).then(|| Saved {
            state: Bytes::from(format!("{seq} of {}", job.token.attempt)),
            next_effect: u64::from(seq) * 2,
            module: job.module,
            version: 1 + u32::from(job.module.0[31] / 2),
            count: 1 + self.random.below(2),
            progressed: self.random.one_in(2),
        });
        let effects = self.effects(&job, seq);
        let end = self.random.one_in(2).then(|| self.end(&job));
        Some(Commit { id: job.id, token: job.token, seq, saved, effects, end })
    }

    fn effects(&mut self, job: &Claimed, seq: u32) -> Effects {
        let mut effects = Effects::default();
        let number = u64::from(seq) * 2;
        if self.random.one_in(4) {
            let id = self.id();
            let id = if self.random.one_in(2) { id } else { job.id.child(number) };
            let job = self.job(id);
            effects.children.push(Child { number, job });
        }
        if self.random.one_in(3) {
            let part = PartName::trusted(self.random.pick(&["rows", "sums"]));
            effects.appends.push(Append { number: number + 1, part, bytes: Bytes::from_static(b"chunk") });
        }
        if self.random.one_in(4) {
            effects.progress = Some(Progress { done: number, total: 100, message: "so far".to_owned() });
        }
        for line in 0..self.random.below(3) {
            let text = format!("line {line} of {seq}");
            let (at, attempt) = (self.clock.now(), job.token.attempt);
            effects.logs.push(LogLine { at, attempt, level: "info".to_owned(), text });
        }
        effects
    }

    fn end(&mut self, job: &Claimed) -> End {
        let outcome = self.random.pick(&Outcome::ALL);
        let ending = Ending {
            outcome,
            class: self.random.pick(&[
                FailureClass::Retry,
                FailureClass::RetryIn(500),
                FailureClass::Discard,
                FailureClass::Snooze(900),
            ]),
            message: "it ended".to_owned(),
            progressed: self.random.one_in(2),
            counters: job.counters,
            step: job.step,
            steps: 2,
            retries: 3,
            total_spent: None,
            random: self.random.next(),
        };
        End {
            outcome,
            verdict: settle(&ending),
            output: (outcome == Outcome::Completed).then(|| Bytes::from_static(b"done")),
            report: Bytes::from_static(b"{}"),
            fuel_used: self.random.below(1_000),
            wall_ms: self.random.below(1_000),
        }
    }

    async fn claim(&mut self) -> Claim {
        let worker = self.worker();
        let Pointers { deploys, pointers } = both!(self, store => store.pointers()).unwrap();
        let deploys = if self.random.one_in(20) { deploys + 1 } else { deploys };
        let mut programs: Vec<Program> = pointers
            .into_iter()
            .map(|pointer| Program {
                kind: pointer.kind,
                module: pointer.module,
                checkpoint_version: pointer.manifest.checkpoint_version,
                reservations_bytes: vec![MIB, 3 * MIB],
                current: pointer.current,
            })
            .collect();
        programs.retain(|_| !self.random.one_in(8));
        let queues = match self.random.below(3) {
            0 => vec![QueueName::trusted("slow"), QueueName::trusted("default")],
            1 => vec![QueueName::trusted("default")],
            _ => Vec::new(),
        };
        // Now and then one that was made before the last.
        self.turn += if self.random.one_in(15) { 0 } else { 1 };
        let mut held = None;
        if self.random.one_in(5) {
            let known = self.claimed.iter().map(|(job, _)| job.id.clone());
            held = Some(known.filter(|_| !self.random.one_in(4)).collect());
        }
        Claim {
            worker,
            queues,
            programs: Arc::new(programs),
            deploys,
            jobs_max: self.random.below(5) as usize,
            free_bytes: self.random.below(8) * MIB,
            budget_bytes: (2 + self.random.below(6)) * MIB,
            held,
            stays: 0,
            turn: self.turn,
            random: self.random.next(),
        }
    }

    /// Everything there is to see is the same.
    async fn compare(&self) {
        let [model, other] = &self.stores;
        let (seen, others) = (Seen::of(model.as_ref()).await, Seen::of(other.as_ref()).await);
        if let Some(difference) = seen.differs_from(&others, other.name()) {
            panic!("{difference}");
        }
    }
}

/// Says which run failed.
struct Run {
    seed: u64,
    step: usize,
}

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}, step {}: run it alone with STORE_SEED={}", self.seed, self.step, self.seed);
        }
    }
}

#[tokio::test]
async fn random_operations_are_answered_alike_by_the_model_and_by_sqlite() {
    run(Other::Sqlite).await;
}

#[tokio::test]
async fn random_operations_are_answered_alike_by_the_model_and_by_redis() {
    run(Other::Redis).await;
}

async fn run(other: Other) {
    let from_environment = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let seeds = match from_environment("STORE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..from_environment("STORE_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
        let mut run = Run { seed, step: 0 };
        let mut twins = Twins::new(seed, other);
        for kind in &KINDS[..2] {
            alike!(twins, store => store.deploy(small(kind, 1, 1)));
        }
        while run.step < STEPS {
            run.step += 1;
            twins.step().await;
            if run.step.is_multiple_of(5) {
                twins.compare().await;
            }
        }
    }
}
