//! The ground a test stands on: a fresh store with a clock that the test sets, workers,
//! and short words for what they do.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_servers::RedisServer;
use cofferdam_store::model::ModelStore;
use cofferdam_store::redis::{Address, RedisConfig, RedisStore};
use cofferdam_store::sqlite::{SqliteConfig, SqliteStore};
use cofferdam_store::{DeadOverflow, ManualClock, Retention};

use crate::cluster::{Calls, cluster};
use crate::steady::Steady;

pub const START: Timestamp = Timestamp(1_700_000_000_000);
pub const LEASE_MS: u64 = 15_000;
pub const MIB: u64 = 1 << 20;
/// Kept of each job by the stores under test, so that a test can go beyond.
pub const ATTEMPTS_KEPT: u32 = 5;
pub const LOG_LINES_KEPT: u64 = 10;
pub const COMPLETED_KEPT: u64 = 20;
pub const DEAD_KEPT: u64 = 12;

enum Backing {
    Model(ModelStore),
    Sqlite(SqliteConfig, #[expect(dead_code, reason = "removed when dropped")] tempfile::TempDir),
    Redis(RedisConfig, #[expect(dead_code, reason = "ended when dropped")] Arc<RedisServer>),
    Cluster(RedisConfig, Arc<Calls>),
}

pub struct Ground {
    pub store: Arc<dyn Store>,
    pub clock: Arc<ManualClock>,
    backing: Backing,
}

fn retention() -> Retention {
    Retention {
        completed_count: COMPLETED_KEPT,
        dead_count: DEAD_KEPT,
        attempts_per_job: ATTEMPTS_KEPT,
        log_lines_per_job: LOG_LINES_KEPT,
        ..Retention::default()
    }
}

pub fn model() -> Ground {
    let clock = Arc::new(ManualClock::at(START));
    let model = ModelStore::new(clock.clone(), retention());
    Ground { store: Arc::new(model.clone()), clock, backing: Backing::Model(model) }
}

pub fn sqlite() -> Ground {
    let clock = Arc::new(ManualClock::at(START));
    let dir = tempfile::tempdir().unwrap();
    let config = SqliteConfig {
        clock: clock.clone(),
        retention: retention(),
        ..SqliteConfig::new(dir.path().join("jobs.db"))
    };
    let store = Arc::new(SqliteStore::open(config.clone()).unwrap());
    Ground { store, clock, backing: Backing::Sqlite(config, dir) }
}

/// One server for the tests that run at the same time; each has a store of its own on it.
pub fn redis_server() -> Arc<RedisServer> {
    static SERVER: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());
    let mut shared = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(RedisServer::start());
        *shared = Arc::downgrade(&server);
        server
    })
}

/// A store of its own on this server, by a clock that the test sets.
pub fn redis_config(url: &str, clock: Arc<ManualClock>, retention: Retention) -> RedisConfig {
    let name = format!("test-{:016x}", rand::random::<u64>());
    let address = Address::parse(&format!("{url}?name={name}")).unwrap();
    RedisConfig { clock: Some(clock), retention, ..RedisConfig::new(address) }
}

pub fn redis() -> Ground {
    let clock = Arc::new(ManualClock::at(START));
    let server = redis_server();
    let config = redis_config(&server.url(), clock.clone(), retention());
    let store = Arc::new(RedisStore::new(config.clone()));
    Ground { store, clock, backing: Backing::Redis(config, server) }
}

/// On one of three primaries, which may hand over to its replica in the middle of the test.
pub fn redis_cluster() -> Ground {
    let clock = Arc::new(ManualClock::at(START));
    let (cluster, url) = cluster();
    let config = redis_config(&url, clock.clone(), retention());
    let address = config.address.to_string();
    let (_, name) = address.split_once("?name=").unwrap();
    let calls = Calls::of(cluster, name);
    let store = Arc::new(Steady::new(RedisStore::new(config.clone()), calls.clone()));
    Ground { store, clock, backing: Backing::Cluster(config, calls) }
}

impl Ground {
    /// The same store, as another process has it.
    pub fn another(&self) -> Arc<dyn Store> {
        match &self.backing {
            Backing::Model(model) => Arc::new(model.clone()),
            Backing::Sqlite(config, _) => Arc::new(SqliteStore::open(config.clone()).unwrap()),
            Backing::Redis(config, _) => Arc::new(RedisStore::new(config.clone())),
            Backing::Cluster(config, calls) => {
                Arc::new(Steady::new(RedisStore::new(config.clone()), calls.clone()))
            }
        }
    }

    /// The same store, by an operator who lets the first to die go when there are too many.
    pub fn dropping_dead(&self) -> Arc<dyn Store> {
        let retention = Retention { dead_overflow: DeadOverflow::Drop, ..retention() };
        match &self.backing {
            Backing::Model(model) => {
                model.keep(retention);
                Arc::new(model.clone())
            }
            Backing::Sqlite(config, _) => {
                Arc::new(SqliteStore::open(SqliteConfig { retention, ..config.clone() }).unwrap())
            }
            Backing::Redis(config, _) => {
                Arc::new(RedisStore::new(RedisConfig { retention, ..config.clone() }))
            }
            Backing::Cluster(config, calls) => {
                let config = RedisConfig { retention, ..config.clone() };
                Arc::new(Steady::new(RedisStore::new(config), calls.clone()))
            }
        }
    }

    /// The worker's process is gone, without a word.
    pub async fn lose(&self, worker: Worker) {
        if let Backing::Model(model) = &self.backing {
            model.lose(&worker.id);
        }
        assert_eq!(Arc::strong_count(&worker.store), 1, "somebody else holds the lost worker's handle");
        drop(worker);
        if let Backing::Redis(..) | Backing::Cluster(..) = &self.backing {
            // Across machines there is no other proof.
            self.let_pass(LEASE_MS).await;
        }
    }

    /// Time, in which some other worker is heard: who is not heard in it is lost.
    pub async fn let_pass(&self, ms: u64) {
        let other = self.worker(&format!("heard-{}", fresh_random()), &[]).await;
        for part in (0..3).map(|i| (ms + i) / 3) {
            self.clock.advance(part);
            other.beat().await;
        }
        other.store.sign_off(other.id.clone()).await.unwrap();
    }

    /// A worker of a process of its own that can run `kinds` in 1 MiB each.
    pub async fn worker(&self, id: &str, kinds: &[&str]) -> Worker {
        let store = self.another();
        let id: WorkerId = id.parse().unwrap();
        store.sign_on(facts(&id)).await.unwrap();
        let programs = kinds.iter().map(|kind| program(kind, 1, &[MIB])).collect();
        Worker { store, id, programs: Arc::new(programs), turns: AtomicU64::new(1) }
    }

    pub async fn deploy(&self, kinds: &[&str]) {
        for kind in kinds {
            self.store.deploy(module(kind, 1, 1)).await.unwrap();
        }
    }

    pub async fn push(&self, ids: &[&str], kind: &str) {
        let jobs = ids.iter().map(|id| job(id, kind)).collect();
        let enqueued = self.store.enqueue(jobs).await.unwrap();
        assert!(enqueued.iter().all(|one| matches!(one, Enqueued::New(_))), "{enqueued:?}");
    }

    pub async fn view(&self, id: &str) -> JobView {
        self.store.job(JobId::trusted(id)).await.unwrap().unwrap_or_else(|| panic!("no job `{id}`"))
    }

    pub async fn state(&self, id: &str) -> State {
        self.view(id).await.summary.state
    }
}

/// In a claim: its programs are those deployed, however often there was a deploy since.
const AS_OF_NOW: u64 = u64::MAX;

pub struct Worker {
    pub store: Arc<dyn Store>,
    pub id: WorkerId,
    pub programs: Arc<Vec<Program>>,
    pub turns: AtomicU64,
}

impl Worker {
    pub fn asks(&self, jobs_max: usize) -> Claim {
        Claim {
            worker: self.id.clone(),
            queues: Vec::new(),
            programs: Arc::clone(&self.programs),
            deploys: AS_OF_NOW,
            jobs_max,
            free_bytes: 1_000 * MIB,
            budget_bytes: 1_000 * MIB,
            held: None,
            stays: 0,
            // Those between are for repetitions.
            turn: self.turns.fetch_add(1_000, Ordering::Relaxed),
            random: fresh_random(),
        }
    }

    pub async fn exchange(&self, commits: Vec<Commit>, mut claim: Option<Claim>) -> Exchanged {
        if let Some(claim) = claim.as_mut().filter(|claim| claim.deploys == AS_OF_NOW) {
            claim.deploys = self.store.pointers().await.unwrap().deploys;
        }
        self.store.exchange(Exchange { commits, claim }).await.unwrap()
    }

    pub async fn claim(&self, jobs_max: usize) -> Vec<Claimed> {
        let exchanged = self.exchange(Vec::new(), Some(self.asks(jobs_max))).await;
        assert!(!exchanged.expired);
        exchanged.claimed
    }

    /// The one job that there is to claim.
    pub async fn claim_one(&self) -> Claimed {
        let claimed = self.claim(1).await;
        claimed.into_iter().next().expect("a job to claim")
    }

    pub async fn commit(&self, commit: Commit) -> CommitReply {
        self.exchange(vec![commit], None).await.replies[0]
    }

    pub async fn applied(&self, commit: Commit) {
        assert_eq!(self.commit(commit).await, CommitReply::Applied);
    }

    pub async fn beat(&self) -> Notices {
        let worker = self.id.clone();
        let beat = Heartbeat { worker, quiet: false, reserved_bytes: 0, running: 0 };
        self.store.heartbeat(beat).await.unwrap()
    }
}

fn fresh_random() -> u64 {
    static DRAWN: AtomicU64 = AtomicU64::new(1);
    DRAWN.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

pub fn facts(id: &WorkerId) -> WorkerFacts {
    WorkerFacts {
        id: id.clone(),
        host: "here".to_owned(),
        pid: 1,
        queues: Vec::new(),
        concurrency: 10,
        budget_bytes: 1_000 * MIB,
        lease_ms: LEASE_MS,
        version: "0.1.0".to_owned(),
        started_at: START,
    }
}

/// The hash of release `number` of `kind`.
pub fn hash(kind: &str, number: u8) -> ModuleHash {
    let mut hash = [number; 32];
    hash[..kind.len()].copy_from_slice(kind.as_bytes());
    ModuleHash(hash)
}

pub fn module(kind: &str, number: u8, checkpoint_version: u32) -> Deploy {
    let draft = ManifestDraft { checkpoint_version: Some(checkpoint_version), ..ManifestDraft::default() };
    let wasm = Bytes::from(vec![number; 600_000 + usize::from(number)]);
    Deploy { module: hash(kind, number), wasm, manifest: draft.resolve(Some(kind)).unwrap() }
}

/// A module that costs little to deploy often.
pub fn small(kind: &str, number: u8, checkpoint_version: u32) -> Deploy {
    Deploy { wasm: Bytes::from(vec![number; 9]), ..module(kind, number, checkpoint_version) }
}

pub fn program(kind: &str, number: u8, reservations_bytes: &[u64]) -> Program {
    Program {
        kind: kind.parse().unwrap(),
        module: hash(kind, number),
        checkpoint_version: 1,
        reservations_bytes: reservations_bytes.to_vec(),
        current: true,
    }
}

pub fn job(id: &str, kind: &str) -> NewJob {
    NewJob {
        id: id.parse().unwrap(),
        kind: kind.parse().unwrap(),
        queue: None,
        input: Bytes::from(format!("{{\"of\":\"{id}\"}}")),
        due_at: None,
    }
}

pub fn ids(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|job| job.id.as_str()).collect()
}

/// Commit number `seq` of an attempt: nothing in it yet.
pub fn commit(job: &Claimed, seq: u32) -> Commit {
    Commit { id: job.id.clone(), token: job.token, seq, saved: None, effects: Effects::default(), end: None }
}

/// A checkpoint that got further.
pub fn checkpoint(job: &Claimed, seq: u32, state: &str, next_effect: u64) -> Commit {
    let saved = Saved {
        state: Bytes::from(state.to_owned()),
        next_effect,
        module: job.module,
        version: 1,
        count: 1,
        progressed: true,
    };
    Commit { saved: Some(saved), ..commit(job, seq) }
}

pub fn appending(mut commit: Commit, chunks: &[(u64, &str)]) -> Commit {
    commit.effects.appends = chunks
        .iter()
        .map(|&(number, text)| Append {
            number,
            part: PartName::trusted("rows"),
            bytes: Bytes::from(text.to_owned()),
        })
        .collect();
    commit
}

/// The end of an attempt as commit number `seq`.
pub fn end(job: &Claimed, seq: u32, outcome: Outcome, next: Next) -> Commit {
    let verdict = Verdict { next, counters: job.counters, step: job.step };
    let end = End {
        outcome,
        verdict,
        output: (outcome == Outcome::Completed).then(|| Bytes::from_static(b"42")),
        report: Bytes::from(format!("{{\"attempt\":{}}}", job.token.attempt)),
        fuel_used: 1_000,
        wall_ms: 7,
    };
    Commit { end: Some(end), ..commit(job, seq) }
}

pub fn completed(job: &Claimed, seq: u32) -> Commit {
    end(job, seq, Outcome::Completed, Next::Completed)
}

pub fn texts(chunks: &[Bytes]) -> Vec<&str> {
    chunks.iter().map(|chunk| std::str::from_utf8(chunk).unwrap()).collect()
}

/// Wait for what must happen soon, and no longer than is certain to be too long.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, future).await.unwrap_or_else(|_| panic!("not within {limit:?}: {what}"))
}

/// SplitMix64: small, and the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }
}
