//! Several processes on one file: they take turns, wake each other, and notice each other's
//! death. The processes are this test binary itself, started again with a part to play.
//!
//! A run is short by default; `STORE_SECONDS=60` gives the full minute.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_store::sqlite::{SqliteConfig, SqliteStore};

const KIND: &str = "noop";
const HASH: ModuleHash = ModuleHash([3; 32]);
const MIB: u64 = 1 << 20;
/// What an operator may expect of a push among eight pushers and two workers.
const PUSH_P99_MS: f64 = 250.0;
/// From a push in one process to a worker of another being awake.
const WAKE_P50_MS: f64 = 20.0;

/// Not a test of its own: the part that a started process plays, as told by its environment.
#[tokio::test]
async fn a_part_to_play() {
    let Ok(part) = std::env::var("STORE_PART") else { return };
    let path = std::env::var("STORE_PATH").unwrap();
    let store = Arc::new(SqliteStore::open(SqliteConfig::new(path)).unwrap());
    match part.split_once(' ') {
        Some(("push", number)) => push(&store, number).await,
        Some(("work", id)) => work(&store, id).await,
        Some(("hold", id)) => hold(&store, id).await,
        other => panic!("no such part: {other:?}"),
    }
}

fn seconds() -> u64 {
    std::env::var("STORE_SECONDS").map_or(2, |seconds| seconds.parse().unwrap())
}

/// A line to the test that started this process.
fn say(line: &str) {
    println!("\nSAID {line}");
    std::io::stdout().flush().unwrap();
}

async fn push(store: &SqliteStore, number: &str) {
    let (began, mut latencies, mut count) = (Instant::now(), Vec::new(), 0);
    while began.elapsed() < Duration::from_secs(seconds()) {
        let pushed = Instant::now();
        store.enqueue(vec![job(&format!("{number}-{count}"))]).await.unwrap();
        latencies.push(pushed.elapsed());
        count += 1;
    }
    latencies.sort();
    let p99 = latencies[latencies.len() * 99 / 100];
    say(&format!("{count} {}", p99.as_secs_f64() * 1e3));
}

async fn work(store: &SqliteStore, id: &str) {
    let mut claim = sign_on(store, id).await;
    say("ready");
    let (mut commits, mut done) = (Vec::new(), 0);
    loop {
        claim.turn += 1;
        let exchanged = store.exchange(Exchange { commits, claim: Some(claim.clone()) }).await.unwrap();
        assert!(!exchanged.expired);
        assert!(exchanged.replies.iter().all(|&reply| reply == CommitReply::Applied));
        done += exchanged.replies.len();
        if exchanged.claimed.is_empty() {
            if finished(store).await {
                return say(&format!("{done}"));
            }
            // Bounded, because the last job may end in the other worker.
            let _ = tokio::time::timeout(Duration::from_millis(100), store.woken()).await;
        }
        commits = exchanged.claimed.iter().map(completed).collect();
    }
}

/// The queue is paused when no more jobs will come, and resumed until it is empty.
async fn finished(store: &SqliteStore) -> bool {
    let workers = store.workers().await.unwrap();
    workers.iter().all(|worker| worker.order == WorkerOrder::Stop)
        && store.queues().await.unwrap().iter().all(|queue| queue.available == 0)
}

/// Claim one job and keep it, until killed.
async fn hold(store: &SqliteStore, id: &str) {
    let claim = sign_on(store, id).await;
    let got = store.exchange(Exchange { commits: Vec::new(), claim: Some(claim) }).await.unwrap();
    say(got.claimed[0].id.as_str());
    std::future::pending::<()>().await;
}

async fn sign_on(store: &SqliteStore, id: &str) -> Claim {
    let facts = WorkerFacts {
        id: id.parse().unwrap(),
        host: "here".to_owned(),
        pid: std::process::id(),
        queues: Vec::new(),
        concurrency: 50,
        budget_bytes: 1_000 * MIB,
        lease_ms: 600_000,
        version: "0.1.0".to_owned(),
        started_at: Timestamp(0),
    };
    let worker = facts.id.clone();
    store.sign_on(facts).await.unwrap();
    let program = Program {
        kind: Kind::trusted(KIND),
        module: HASH,
        checkpoint_version: 1,
        reservations_bytes: vec![MIB],
        current: true,
    };
    Claim {
        worker,
        queues: Vec::new(),
        programs: Arc::new(vec![program]),
        deploys: store.pointers().await.unwrap().deploys,
        jobs_max: 50,
        free_bytes: 1_000 * MIB,
        budget_bytes: 1_000 * MIB,
        held: None,
        stays: 0,
        turn: 1,
        random: 77,
    }
}

fn job(id: &str) -> NewJob {
    let (id, kind) = (id.parse().unwrap(), Kind::trusted(KIND));
    NewJob { id, kind, queue: None, input: Bytes::from_static(b"{}"), due_at: None }
}

fn completed(claimed: &Claimed) -> Commit {
    let verdict = Verdict { next: Next::Completed, counters: Counters::default(), step: 0 };
    let end = End {
        outcome: Outcome::Completed,
        verdict,
        output: None,
        report: Bytes::from_static(b"{}"),
        fuel_used: 1,
        wall_ms: 1,
    };
    let (id, token) = (claimed.id.clone(), claimed.token);
    Commit { id, token, seq: 1, saved: None, effects: Effects::default(), end: Some(end) }
}

/// A process that plays a part. Killed when dropped.
struct Player {
    child: Child,
    said: BufReader<ChildStdout>,
    _stdin: Option<ChildStdin>,
}

impl Player {
    fn start(path: &Path, part: &str) -> Player {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["a_part_to_play", "--exact", "--nocapture"])
            .env("STORE_PART", part)
            .env("STORE_PATH", path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Player { _stdin: child.stdin.take(), child, said }
    }

    fn hears(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.said.read_line(&mut line).unwrap(), 0, "a process ended without a word");
            if let Some(said) = line.strip_prefix("SAID ") {
                return said.trim().to_owned();
            }
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn fresh() -> (tempfile::TempDir, std::path::PathBuf, SqliteStore) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    let store = SqliteStore::open(SqliteConfig::new(&path)).unwrap();
    let manifest = ManifestDraft::default().resolve(Some(KIND)).unwrap();
    store.deploy(Deploy { module: HASH, wasm: Bytes::from_static(b"wasm"), manifest }).await.unwrap();
    (dir, path, store)
}

#[tokio::test]
async fn eight_pushers_and_two_workers_take_turns_without_an_error() {
    let (_dir, path, store) = fresh().await;
    let mut workers: Vec<_> =
        ["one", "two"].map(|id| Player::start(&path, &format!("work {id}"))).into_iter().collect();
    workers.iter_mut().for_each(|worker| assert_eq!(worker.hears(), "ready"));
    let mut pushers: Vec<_> = (0..8).map(|number| Player::start(&path, &format!("push p{number}"))).collect();
    let (mut pushed, mut worst) = (0, 0.0_f64);
    let mut each = Vec::new();
    for pusher in &mut pushers {
        let said = pusher.hears();
        let (count, p99) = said.split_once(' ').unwrap();
        pushed += count.parse::<usize>().unwrap();
        each.push(count.parse::<usize>().unwrap());
        worst = worst.max(p99.parse().unwrap());
    }
    store.order(None, WorkerOrder::Stop).await.unwrap();
    let done: Vec<usize> = workers.iter_mut().map(|worker| worker.hears().parse().unwrap()).collect();
    println!("pushed {pushed} ({each:?}), p99 of the slowest {worst:.1} ms, done {done:?}");
    assert_eq!(done.iter().sum::<usize>(), pushed);
    let counts = store.counts().await.unwrap();
    assert!(counts.contains(&(State::Completed, pushed as u64)), "{counts:?}");
    assert!(worst <= PUSH_P99_MS, "p99 of a push was {worst:.1} ms");
    let (least, most) = (each.iter().min().unwrap(), each.iter().max().unwrap());
    assert!(least * 4 >= *most, "some pushers were starved: {each:?}");
}

#[tokio::test]
async fn a_worker_is_woken_by_a_push_from_another_process() {
    let (_dir, path, store) = fresh().await;
    let mut worker = Player::start(&path, "work one");
    assert_eq!(worker.hears(), "ready");
    let mut latencies = Vec::new();
    for number in 0..20 {
        let id = JobId::trusted(&format!("job-{number}"));
        store.enqueue(vec![job(id.as_str())]).await.unwrap();
        let pushed = Instant::now();
        // Started is enough: the worker was awake.
        soon("the push to be noticed", async || {
            let view = store.job(id.clone()).await.unwrap().unwrap();
            view.summary.state != State::Available
        })
        .await;
        latencies.push(pushed.elapsed().as_secs_f64() * 1e3);
    }
    latencies.sort_by(f64::total_cmp);
    println!("woken and claimed, in ms: {latencies:.2?}");
    assert!(latencies[10] <= WAKE_P50_MS, "{latencies:?}");
}

#[tokio::test]
async fn the_job_of_a_killed_worker_goes_on_at_once_in_another() {
    let (_dir, path, store) = fresh().await;
    store.enqueue(vec![job("a")]).await.unwrap();
    let mut victim = Player::start(&path, "hold victim");
    assert_eq!(victim.hears(), "a");
    let mut survivor = Player::start(&path, "work survivor");
    assert_eq!(survivor.hears(), "ready");
    let killed = Instant::now();
    drop(victim);
    // Nobody tends: the survivor notices by itself that a process is gone.
    soon("the job to go on", async || {
        store.job(JobId::trusted("a")).await.unwrap().unwrap().summary.state == State::Completed
    })
    .await;
    println!("went on and completed after {:.1} ms", killed.elapsed().as_secs_f64() * 1e3);
    let attempts = store.attempts(JobId::trusted("a")).await.unwrap();
    let outcomes: Vec<_> = attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [Outcome::WorkerLost, Outcome::Completed]);
}

/// Ask again and again, for a bounded time.
async fn soon(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let limit = Duration::from_secs(20);
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::task::yield_now().await;
    }
}
