//! A push that finds a worker waiting: the job is its own before it has heard of it, and nobody's when it
//! cannot take it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_servers::RedisServer;
use cofferdam_store::redis::{Address, RedisConfig, RedisStore};

const KIND: &str = "mail";
const MIB: u64 = 1 << 20;

/// A server with one deployed kind, and who pushes to it.
struct House {
    server: RedisServer,
    pusher: RedisStore,
    programs: Arc<Vec<Program>>,
    turns: AtomicU64,
}

impl House {
    /// The lane of the kind was heard of by `worker`, which has had a job of it.
    async fn with(worker: &str) -> (House, RedisStore) {
        let server = RedisServer::start();
        let pusher = handle(&server);
        let manifest = ManifestDraft::default().resolve(Some(KIND)).unwrap();
        let module = ModuleHash([7; 32]);
        pusher.deploy(Deploy { module, wasm: Bytes::from_static(b"\0asm"), manifest }).await.unwrap();
        let program = Program {
            kind: Kind::trusted(KIND),
            module,
            checkpoint_version: 1,
            reservations_bytes: vec![MIB],
            current: true,
        };
        let house = House { server, pusher, programs: Arc::new(vec![program]), turns: AtomicU64::new(1) };
        let store = house.worker(worker).await;
        house.push("first").await;
        let first = house.claim(&store, worker, 10 * MIB).await.unwrap().claimed.remove(0);
        end(&store, &first).await;
        (house, store)
    }

    /// `w` has `a` at work; `b` came, and it has not asked since.
    async fn with_one_at_work_and_one_handed_over() -> (House, RedisStore, Claimed) {
        let (house, store) = House::with("w").await;
        house.push("a").await;
        let a = house.given(&store, "w", 1).await.remove(0);
        assert!(house.claim(&store, "w", 3 * MIB).await.unwrap().claimed.is_empty());
        house.push("b").await;
        while !store.woken().await.given {}
        (house, store, a)
    }

    async fn worker(&self, id: &str) -> RedisStore {
        let store = handle(&self.server);
        let facts = WorkerFacts {
            id: WorkerId::trusted(id),
            host: "here".to_owned(),
            pid: 1,
            queues: Vec::new(),
            concurrency: 10,
            budget_bytes: 10 * MIB,
            lease_ms: 15_000,
            version: "0.1.0".to_owned(),
            started_at: Timestamp(0),
        };
        store.sign_on(facts).await.unwrap();
        store
    }

    async fn push(&self, id: &str) {
        self.push_all(&[id]).await;
    }

    async fn push_all(&self, ids: &[&str]) {
        let job = |id: &&str| NewJob {
            id: JobId::trusted(id),
            kind: Kind::trusted(KIND),
            queue: None,
            input: Bytes::from_static(b"null"),
            due_at: None,
        };
        self.pusher.enqueue(ids.iter().map(job).collect()).await.unwrap();
    }

    fn asks(&self, worker: &str, free_bytes: u64) -> Claim {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        Claim {
            worker: WorkerId::trusted(worker),
            queues: Vec::new(),
            programs: self.programs.clone(),
            deploys: 1,
            jobs_max: 10,
            free_bytes,
            budget_bytes: 10 * MIB,
            held: None,
            stays: 10,
            turn,
            random: turn << 20,
        }
    }

    async fn claim(
        &self,
        store: &RedisStore,
        worker: &str,
        free_bytes: u64,
    ) -> Result<Exchanged, StoreError> {
        let claim = Some(self.asks(worker, free_bytes));
        store.exchange(Exchange { commits: Vec::new(), claim }).await
    }

    async fn state(&self, id: &str) -> State {
        self.pusher.job(JobId::trusted(id)).await.unwrap().unwrap().summary.state
    }

    /// The jobs that the worker is told of, as they come.
    async fn given(&self, store: &RedisStore, worker: &str, count: usize) -> Vec<Claimed> {
        let (mut given, begun) = (Vec::new(), Instant::now());
        while given.len() < count {
            assert!(begun.elapsed() < Duration::from_secs(20), "{} of {count} came", given.len());
            let woken = tokio::time::timeout(Duration::from_secs(5), store.woken()).await.unwrap();
            if woken.jobs {
                given.extend(self.claim(store, worker, 5 * MIB).await.unwrap().claimed);
            }
        }
        given
    }
}

fn handle(server: &RedisServer) -> RedisStore {
    RedisStore::new(RedisConfig::new(Address::parse(&server.url()).unwrap()))
}

fn completion(job: &Claimed) -> Commit {
    let verdict = Verdict { next: Next::Completed, counters: job.counters, step: job.step };
    let attempt = End {
        outcome: Outcome::Completed,
        verdict,
        output: Some(Bytes::from_static(b"{}")),
        report: Bytes::from_static(b"{}"),
        fuel_used: 1,
        wall_ms: 1,
    };
    Commit {
        id: job.id.clone(),
        token: job.token,
        seq: 1,
        saved: None,
        effects: Effects::default(),
        end: Some(attempt),
    }
}

async fn end(store: &RedisStore, job: &Claimed) {
    let commits = vec![completion(job)];
    let exchanged = store.exchange(Exchange { commits, claim: None }).await.unwrap();
    assert_eq!(exchanged.replies, [CommitReply::Applied]);
}

fn ids(jobs: &[Claimed]) -> Vec<&str> {
    jobs.iter().map(|job| job.id.as_str()).collect()
}

#[tokio::test]
async fn jobs_go_to_the_worker_that_waits_for_as_long_as_its_memory_lasts() {
    let (house, store) = House::with("w").await;
    assert!(house.claim(&store, "w", 2 * MIB).await.unwrap().claimed.is_empty());
    for id in ["a", "b", "c"] {
        house.push(id).await;
    }
    assert_eq!(house.state("a").await, State::Running, "its own before it was asked for");
    assert_eq!(house.state("b").await, State::Running);
    assert_eq!(house.state("c").await, State::Available, "no memory is left for it");
    let given = house.given(&store, "w", 3).await;
    assert_eq!(ids(&given), ["a", "b", "c"]);
    assert_ne!(given[0].token, given[1].token);
    for job in &given {
        end(&store, job).await;
        assert_eq!(house.state(job.id.as_str()).await, State::Completed);
    }
}

#[tokio::test]
async fn they_come_with_the_answer_to_commits_too_and_count_against_what_is_asked_for() {
    let (house, store, a) = House::with_one_at_work_and_one_handed_over().await;
    for id in ["c", "d", "e"] {
        // Two at a time stand in line.
        house.push_all(&[id, &format!("{id}2")]).await;
    }
    let commits = vec![completion(&a)];
    let claim = Some(Claim { jobs_max: 3, ..house.asks("w", 3 * MIB) });
    let exchanged = store.exchange(Exchange { commits, claim }).await.unwrap();
    assert_eq!(exchanged.replies, [CommitReply::Applied]);
    assert_eq!(ids(&exchanged.claimed), ["b", "c", "c2"]);
}

#[tokio::test]
async fn a_worker_whose_claim_is_used_up_is_woken_by_the_next_push() {
    let (house, store) = House::with("w").await;
    let claim = Some(Claim { stays: 2, ..house.asks("w", 9 * MIB) });
    assert!(store.exchange(Exchange { commits: Vec::new(), claim }).await.unwrap().claimed.is_empty());
    house.push("a").await;
    house.push("b").await;
    assert_eq!(house.state("b").await, State::Running);
    assert_eq!(ids(&house.given(&store, "w", 2).await), ["a", "b"]);
    house.push("c").await;
    assert_eq!(house.state("c").await, State::Available, "more than the worker can start at once");
    assert_eq!(ids(&house.given(&store, "w", 1).await), ["c"]);
}

#[tokio::test]
async fn who_has_most_room_is_given_the_next() {
    let (house, first) = House::with("first").await;
    let second = house.worker("second").await;
    // A worker is told of the lane by the store, with its first claim.
    for (store, worker) in [(&second, "second"), (&first, "first")] {
        assert!(house.claim(store, worker, 9 * MIB).await.unwrap().claimed.is_empty());
    }
    house.push_all(&["x", "y"]).await;
    let given = house.claim(&second, "second", 9 * MIB).await.unwrap().claimed;
    assert_eq!(ids(&given), ["x", "y"]);
    for (store, worker) in [(&second, "second"), (&first, "first")] {
        assert!(house.claim(store, worker, 9 * MIB).await.unwrap().claimed.is_empty());
    }
    for id in ["a", "b", "c", "d"] {
        house.push(id).await;
    }
    assert_eq!(house.given(&first, "first", 2).await.len(), 2);
    assert_eq!(house.given(&second, "second", 2).await.len(), 2);
}

#[tokio::test]
async fn a_job_that_was_pushed_before_is_not_overtaken() {
    let (house, store) = House::with("w").await;
    // Nothing is free: the first to come waits in line.
    assert!(house.claim(&store, "w", 0).await.unwrap().claimed.is_empty());
    house.push("a").await;
    assert!(house.claim(&store, "w", 0).await.unwrap().claimed.is_empty());
    let other = house.worker("other").await;
    house.push("b").await;
    assert_eq!(house.state("b").await, State::Available);
    assert_eq!(ids(&house.claim(&other, "other", MIB).await.unwrap().claimed), ["a"]);
}

#[tokio::test]
async fn a_worker_that_does_not_hear_is_not_given_anything() {
    let (house, store) = House::with("w").await;
    assert!(house.claim(&store, "w", MIB).await.unwrap().claimed.is_empty());
    drop(store);
    let begun = Instant::now();
    while house.server.field("pubsub_channels") != "0" {
        assert!(begun.elapsed() < Duration::from_secs(10), "still subscribed");
        tokio::task::yield_now().await;
    }
    house.push("a").await;
    assert_eq!(house.state("a").await, State::Available);
}

#[tokio::test]
async fn a_worker_that_is_quiet_or_told_to_stop_is_not_given_anything() {
    for order in [WorkerOrder::Quiet, WorkerOrder::Stop] {
        let (house, store) = House::with("w").await;
        assert!(house.claim(&store, "w", MIB).await.unwrap().claimed.is_empty());
        house.pusher.order(None, order).await.unwrap();
        house.push("a").await;
        assert_eq!(house.state("a").await, State::Available, "{order:?}");
    }
    let (house, store) = House::with("w").await;
    assert!(house.claim(&store, "w", MIB).await.unwrap().claimed.is_empty());
    let worker = WorkerId::trusted("w");
    store.heartbeat(Heartbeat { worker, quiet: true, reserved_bytes: 0, running: 0 }).await.unwrap();
    house.push("a").await;
    assert_eq!(house.state("a").await, State::Available);
}

#[tokio::test]
async fn a_paused_queue_gives_nothing_to_whoever_waits() {
    let (house, store) = House::with("w").await;
    house.pusher.pause(QueueName::trusted("default"), true).await.unwrap();
    assert!(house.claim(&store, "w", MIB).await.unwrap().claimed.is_empty());
    house.push("a").await;
    assert_eq!(house.state("a").await, State::Available);
}

#[tokio::test]
async fn a_message_that_is_lost_is_missed_and_its_job_is_given_again() {
    let (house, deaf) = House::with("w").await;
    assert!(house.claim(&deaf, "w", 2 * MIB).await.unwrap().claimed.is_empty());
    house.push("a").await;
    assert_eq!(house.state("a").await, State::Running);
    // To this handle of the same worker the message never came.
    let store = handle(&house.server);
    let beat = Heartbeat { worker: WorkerId::trusted("w"), quiet: false, reserved_bytes: 0, running: 0 };
    assert!(store.heartbeat(beat).await.unwrap().given, "its heartbeat tells");
    let lost = house.claim(&store, "w", 2 * MIB).await.unwrap_err();
    assert!(matches!(lost, StoreError::Unavailable { maybe_applied: true, .. }), "{lost:?}");
    house.push("b").await;
    assert_eq!(house.state("b").await, State::Available, "nobody knows how much memory is left");
    let claim = Some(Claim { held: Some(Vec::new()), ..house.asks("w", 2 * MIB) });
    let given = store.exchange(Exchange { commits: Vec::new(), claim }).await.unwrap().claimed;
    assert_eq!(ids(&given), ["a", "b"]);
    for job in &given {
        end(&store, job).await;
    }
    assert!(house.claim(&store, "w", 2 * MIB).await.unwrap().claimed.is_empty());
}

#[tokio::test]
async fn what_came_is_not_forgotten_when_the_server_refuses_what_it_came_for() {
    let (house, store, a) = House::with_one_at_work_and_one_handed_over().await;
    house.server.call(&["CONFIG", "SET", "maxmemory", "1"]);
    let commits = vec![completion(&a)];
    let exchange = Exchange { commits, claim: Some(house.asks("w", 3 * MIB)) };
    let refused = store.exchange(exchange).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { maybe_applied: false, .. }), "{refused:?}");
    let beat = Heartbeat { worker: WorkerId::trusted("w"), quiet: false, reserved_bytes: 0, running: 0 };
    assert!(store.heartbeat(beat).await.unwrap().given, "nobody has taken it");
    house.server.call(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(ids(&house.claim(&store, "w", 3 * MIB).await.unwrap().claimed), ["b"]);
    assert!(house.claim(&store, "w", 2 * MIB).await.unwrap().claimed.is_empty(), "only once");
}

#[tokio::test]
async fn a_large_input_goes_by_the_line() {
    let (house, store) = House::with("w").await;
    assert!(house.claim(&store, "w", MIB).await.unwrap().claimed.is_empty());
    let mut word = 1_u64;
    let input = std::iter::repeat_with(|| {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (word >> 56) as u8
    });
    let input: Bytes = input.take(100_000).collect();
    let job = NewJob {
        id: JobId::trusted("large"),
        kind: Kind::trusted(KIND),
        queue: None,
        input: input.clone(),
        due_at: None,
    };
    house.pusher.enqueue(vec![job]).await.unwrap();
    assert_eq!(house.state("large").await, State::Available);
    let given = house.given(&store, "w", 1).await;
    assert_eq!(given[0].input, input);
}

#[tokio::test]
async fn the_same_push_twice_is_one_job() {
    let (house, store) = House::with("w").await;
    assert!(house.claim(&store, "w", 5 * MIB).await.unwrap().claimed.is_empty());
    house.push("a").await;
    house.push("a").await;
    house.push("b").await;
    let given = house.given(&store, "w", 2).await;
    assert_eq!(ids(&given), ["a", "b"]);
}
