//! Through Sentinels and in a Cluster: push, claim and commit go on when another server takes over.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_servers::{RedisCluster, Sentinel, slot_of};
use cofferdam_store::redis::{Address, RedisConfig, RedisStore};

/// A fail-over takes a second or two; a busy machine more.
const AGAIN_FOR: Duration = Duration::from_secs(60);

/// A worker on a store, which it asks again for what is refused for now.
struct Site {
    store: RedisStore,
    worker: WorkerId,
    turn: u64,
}

/// As a worker does it: a lost answer is asked for again with the same numbers.
async fn again<T, F: Future<Output = Result<T, StoreError>>>(call: impl Fn() -> F) -> T {
    let begun = Instant::now();
    loop {
        match call().await {
            Ok(answer) => return answer,
            Err(error) if error.is_temporary() && begun.elapsed() < AGAIN_FOR => {}
            Err(error) => panic!("{error}"),
        }
        tokio::task::yield_now().await;
    }
}

impl Site {
    async fn open(url: &str) -> Site {
        let store = RedisStore::new(RedisConfig::new(Address::parse(url).unwrap()));
        let manifest = ManifestDraft::default().resolve(Some("noop")).unwrap();
        let module = ModuleHash([1; 32]);
        store.deploy(Deploy { module, wasm: Bytes::from_static(b"wasm"), manifest }).await.unwrap();
        let worker = WorkerId::trusted("w");
        let facts = WorkerFacts {
            id: worker.clone(),
            host: "here".to_owned(),
            pid: 1,
            queues: Vec::new(),
            concurrency: 1,
            budget_bytes: 1 << 30,
            // No lease ends in a slow fail-over.
            lease_ms: 600_000,
            version: "0.1.0".to_owned(),
            started_at: Timestamp(0),
        };
        store.sign_on(facts).await.unwrap();
        Site { store, worker, turn: 0 }
    }

    async fn push(&self, id: &str) {
        let job = NewJob {
            id: id.parse().unwrap(),
            kind: Kind::trusted("noop"),
            queue: None,
            input: Bytes::from_static(b"{}"),
            due_at: None,
        };
        again(|| async {
            self.store.enqueue(vec![job.clone()]).await.map_err(|error| match error {
                EnqueueError::Store(error) => error,
                other => panic!("{other}"),
            })
        })
        .await;
    }

    async fn claim(&mut self) -> Claimed {
        self.turn += 1;
        let program = Program {
            kind: Kind::trusted("noop"),
            module: ModuleHash([1; 32]),
            checkpoint_version: 1,
            reservations_bytes: vec![1 << 20],
            current: true,
        };
        let deploys = again(|| self.store.pointers()).await.deploys;
        let claim = Claim {
            worker: self.worker.clone(),
            queues: Vec::new(),
            programs: Arc::new(vec![program]),
            deploys,
            jobs_max: 1,
            free_bytes: 1 << 30,
            budget_bytes: 1 << 30,
            held: None,
            stays: 0,
            turn: self.turn,
            random: self.turn,
        };
        let exchange = Exchange { commits: Vec::new(), claim: Some(claim) };
        let mut exchanged = again(|| self.store.exchange(exchange.clone())).await;
        assert!(!exchanged.expired, "the worker is known to the new primary");
        exchanged.claimed.pop().expect("the job that was pushed")
    }

    async fn complete(&self, job: &Claimed) -> CommitReply {
        let end = End {
            outcome: Outcome::Completed,
            verdict: Verdict { next: Next::Completed, counters: job.counters, step: job.step },
            output: None,
            report: Bytes::from_static(b"{}"),
            fuel_used: 1,
            wall_ms: 1,
        };
        let (id, token) = (job.id.clone(), job.token);
        let commit = Commit { id, token, seq: 1, saved: None, effects: Effects::default(), end: Some(end) };
        let exchange = Exchange { commits: vec![commit], claim: None };
        again(|| self.store.exchange(exchange.clone())).await.replies[0]
    }

    /// What was given before is ended after, once; and the next job takes its whole way.
    async fn goes_on(&mut self, before: &Claimed, next: &str) {
        let reply = self.complete(before).await;
        assert!(matches!(reply, CommitReply::Applied | CommitReply::AlreadyApplied), "{reply:?}");
        assert_eq!(self.complete(before).await, CommitReply::AlreadyApplied);
        self.push(next).await;
        let claimed = self.claim().await;
        assert_eq!(claimed.id.as_str(), next);
        self.complete(&claimed).await;
        let counts = again(|| self.store.counts()).await;
        assert!(counts.iter().all(|(state, count)| *state == State::Completed || *count == 0), "{counts:?}");
    }
}

/// Work that began before another primary took over goes on after.
async fn sentinels_lead_to_the_primary(taken_over: impl FnOnce(&Sentinel)) {
    let group = Sentinel::start();
    let host = group.sentinel().url().replace("redis://", "");
    let mut site = Site::open(&format!("redis+sentinel://{host}/{}", Sentinel::NAME)).await;
    site.push("one").await;
    let one = site.claim().await;
    group.primary().until_replicated();
    taken_over(&group);
    site.goes_on(&one, "two").await;
}

#[tokio::test]
async fn sentinels_lead_to_the_primary_before_and_after_a_fail_over() {
    sentinels_lead_to_the_primary(Sentinel::fail_over).await;
}

#[tokio::test]
async fn sentinels_lead_to_the_replica_of_a_primary_that_was_killed() {
    sentinels_lead_to_the_primary(|group| {
        group.kill_primary();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_cluster_work_goes_on_during_a_fail_over_and_after_the_primary_was_killed() {
    let cluster = RedisCluster::start(3);
    let slot = slot_of("{jobs}:head");
    // Any of its nodes is enough to begin with.
    let other = cluster.nodes().iter().find(|node| node.port() != cluster.primary_of(slot).port()).unwrap();
    let hosts = [other, &cluster.nodes()[0], &cluster.nodes()[1], &cluster.nodes()[2]];
    let hosts: Vec<String> = hosts.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
    let mut site = Site::open(&format!("redis+cluster://{}?name=jobs", hosts.join(","))).await;
    site.push("one").await;
    let one = site.claim().await;

    let pushed = std::thread::scope(|scope| {
        let handing_over = scope.spawn(|| cluster.fail_over(slot));
        let pushing = async {
            let mut pushed = 0;
            while !handing_over.is_finished() || pushed < 2 {
                site.push(&format!("during-{pushed}")).await;
                pushed += 1;
            }
            pushed
        };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(pushing))
    });
    for number in 0..pushed {
        let claimed = site.claim().await;
        assert_eq!(claimed.id.as_str(), format!("during-{number}"), "each once, in its order");
        site.complete(&claimed).await;
    }
    site.goes_on(&one, "two").await;

    site.push("three").await;
    let three = site.claim().await;
    cluster.primary_of(slot).until_replicated();
    cluster.kill_primary_of(slot);
    site.goes_on(&three, "four").await;
}
