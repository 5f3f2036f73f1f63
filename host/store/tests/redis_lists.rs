//! A list costs what it shows, not what else there is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_servers::{Proxy, RedisServer};
use cofferdam_store::redis::{Address, RedisConfig, RedisStore};

const KIND: &str = "mail";
const MANY: usize = 20_000;

async fn push(store: &RedisStore, ids: Vec<String>) {
    let job = |id: &String| NewJob {
        id: JobId::trusted(id),
        kind: Kind::trusted(KIND),
        queue: None,
        input: Bytes::from_static(b"null"),
        due_at: None,
    };
    store.enqueue(ids.iter().map(job).collect()).await.unwrap();
}

/// Claims the oldest job and completes it.
async fn complete_one(store: &RedisStore, module: ModuleHash) {
    let worker = WorkerId::trusted("w");
    let facts = WorkerFacts {
        id: worker.clone(),
        host: "here".to_owned(),
        pid: 1,
        queues: Vec::new(),
        concurrency: 1,
        budget_bytes: 1 << 30,
        lease_ms: 15_000,
        version: "0.1.0".to_owned(),
        started_at: Timestamp(0),
    };
    store.sign_on(facts).await.unwrap();
    let program = Program {
        kind: Kind::trusted(KIND),
        module,
        checkpoint_version: 1,
        reservations_bytes: vec![1 << 20],
        current: true,
    };
    let claim = Claim {
        worker,
        queues: Vec::new(),
        programs: Arc::new(vec![program]),
        deploys: 1,
        jobs_max: 1,
        free_bytes: 1 << 30,
        budget_bytes: 1 << 30,
        held: None,
        stays: 0,
        turn: 1,
        random: 0,
    };
    let claimed = store.exchange(Exchange { commits: Vec::new(), claim: Some(claim) }).await.unwrap().claimed;
    let end = End {
        outcome: Outcome::Completed,
        verdict: Verdict { next: Next::Completed, counters: claimed[0].counters, step: 0 },
        output: Some(Bytes::from_static(b"null")),
        report: Bytes::from_static(b"{}"),
        fuel_used: 1,
        wall_ms: 1,
    };
    let commit = Commit {
        id: claimed[0].id.clone(),
        token: claimed[0].token,
        seq: 1,
        saved: None,
        effects: Effects::default(),
        end: Some(end),
    };
    let exchanged = store.exchange(Exchange { commits: vec![commit], claim: None }).await.unwrap();
    assert_eq!(exchanged.replies, [CommitReply::Applied]);
}

#[tokio::test]
async fn a_few_jobs_are_listed_without_passing_over_the_many() {
    let server = RedisServer::start();
    let proxy = Proxy::to(&server);
    let store = RedisStore::new(RedisConfig::new(Address::parse(&proxy.url()).unwrap()));
    let manifest = ManifestDraft::default().resolve(Some(KIND)).unwrap();
    let (module, wasm) = (ModuleHash([7; 32]), Bytes::from_static(b"\0asm"));
    store.deploy(Deploy { module, wasm, manifest }).await.unwrap();
    push(&store, vec!["old".to_owned()]).await;
    complete_one(&store, module).await;
    push(&store, (0..MANY).map(|number| format!("new-{number}")).collect()).await;
    let list = async |state: State, limit: usize| {
        let before = proxy.commands();
        let filter = JobFilter { states: vec![state], limit, ..JobFilter::default() };
        let found = store.jobs(filter).await.unwrap();
        let asked = proxy.commands() - before;
        assert!(asked < 30, "{asked} commands for {} {state} jobs", found.len());
        found.into_iter().map(|job| job.id.as_str().to_owned()).collect::<Vec<_>>()
    };
    let newest = |numbers: std::ops::Range<usize>| -> Vec<String> {
        numbers.rev().map(|number| format!("new-{number}")).collect()
    };
    assert_eq!(list(State::Completed, 10).await, ["old"]);
    assert_eq!(list(State::Available, 3).await, newest(MANY - 3..MANY));
    // They stand in the line until it has passed them.
    let cancelled = newest(MANY - 100..MANY).iter().map(|id| JobId::trusted(id)).collect();
    store.cancel(cancelled).await.unwrap();
    assert_eq!(list(State::Available, 3).await, newest(MANY - 103..MANY - 100));
    assert_eq!(list(State::Cancelled, 2).await, newest(MANY - 2..MANY));
}
