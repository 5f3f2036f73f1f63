//! What surfaces read.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn a_list_is_filtered_and_shows_the_newest_first(ground: Ground) {
    ground.deploy(&["mail", "report"]).await;
    ground.push(&["a", "b"], "mail").await;
    ground.push(&["c", "d"], "report").await;
    let later = NewJob { due_at: Some(START + 9), ..job("e", "mail") };
    ground.store.enqueue(vec![later]).await.unwrap();
    let worker = ground.worker("w", &["mail", "report"]).await;
    let jobs = worker.claim(3).await;
    worker.applied(completed(&jobs[0], 1)).await;
    worker.applied(end(&jobs[1], 1, Outcome::Failed, Next::Retryable(50))).await;
    let list = async |filter: JobFilter| {
        let found = ground.store.jobs(filter).await.unwrap();
        found.into_iter().map(|one| one.id.as_str().to_owned()).collect::<Vec<_>>()
    };
    let all = JobFilter { limit: 9, ..JobFilter::default() };
    assert_eq!(list(all.clone()).await, ["e", "d", "c", "b", "a"]);
    assert_eq!(list(JobFilter { limit: 2, ..all.clone() }).await, ["e", "d"]);
    assert_eq!(list(JobFilter { kind: Some(Kind::trusted("report")), ..all.clone() }).await, ["d", "c"]);
    assert!(list(JobFilter { queue: Some(QueueName::trusted("none")), ..all.clone() }).await.is_empty());
    for (state, id) in [
        (State::Completed, "a"),
        (State::Retryable, "b"),
        (State::Running, "c"),
        (State::Available, "d"),
        (State::Scheduled, "e"),
    ] {
        let found = ground.store.jobs(JobFilter { states: vec![state], ..all.clone() }).await.unwrap();
        assert_eq!(found.len(), 1, "{state}");
        assert_eq!((found[0].id.as_str(), found[0].state), (id, state));
    }
    let states = vec![State::Completed, State::Running];
    assert_eq!(list(JobFilter { states, ..all }).await, ["c", "a"]);
}

pub async fn a_job_that_is_tried_again_later_says_why(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let said = |mut commit: Commit, message: &str| {
        if let Some(end) = &mut commit.end {
            end.report = format!("{{\"message\":\"{message}\"}}").into();
        }
        commit
    };
    let reason = async |id: &str| {
        let all = JobFilter { limit: 9, ..JobFilter::default() };
        let listed = ground.store.jobs(all).await.unwrap().into_iter().find(|job| job.id.as_str() == id);
        assert_eq!(listed.unwrap(), ground.view(id).await.summary);
        ground.view(id).await.summary.reason
    };
    let jobs = worker.claim(2).await;
    let retry = end(&jobs[0], 1, Outcome::Failed, Next::Retryable(50));
    worker.applied(said(retry, "the mail server is away")).await;
    worker.applied(said(end(&jobs[1], 1, Outcome::Failed, Next::Scheduled(90)), "too early")).await;
    assert_eq!(reason("a").await.as_deref(), Some("the mail server is away"));
    assert_eq!(reason("b").await.as_deref(), Some("too early"));
    ground.clock.advance(60);
    ground.store.tend().await.unwrap();
    let again = worker.claim_one().await;
    assert_eq!(reason("a").await, None);
    worker.applied(said(end(&again, 1, Outcome::Failed, Next::Dead("away for good".into())), "away")).await;
    assert_eq!(reason("a").await.as_deref(), Some("away for good"));
}

pub async fn a_job_shows_what_it_has_been_through(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    ground.clock.advance(10);
    let a = worker.claim_one().await;
    ground.clock.advance(10);
    worker.applied(checkpoint(&a, 1, "half", 0)).await;
    let running = ground.view("a").await;
    assert_eq!((running.started_at, running.worker), (Some(START + 10), Some(worker.id.clone())));
    assert_eq!((running.summary.at, running.checkpoint_at), (START + 10, Some(START + 20)));
    assert_eq!(running.checkpoint_module, Some(hash("mail", 1)));
    ground.clock.advance(10);
    worker.applied(completed(&a, 2)).await;
    let done = ground.view("a").await;
    assert_eq!((done.finished_at, done.started_at, done.worker), (Some(START + 30), Some(START + 10), None));
    assert_eq!((done.output, done.summary.attempt), (Some("42".into()), 1));
    assert_eq!(ground.store.attempts(a.id).await.unwrap()[0].ended_at, START + 30);
}

pub async fn queues_workers_and_counts_show_the_house(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c"], "mail").await;
    let later = NewJob { due_at: Some(START + 9), ..job("e", "mail") };
    ground.store.enqueue(vec![later]).await.unwrap();
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    worker.applied(completed(&jobs[0], 1)).await;
    let queue = QueueView {
        queue: QueueName::trusted("default"),
        paused: false,
        available: 1,
        running: 1,
        scheduled: 1,
        oldest_at: Some(START),
    };
    assert_eq!(ground.store.queues().await.unwrap(), [queue]);
    let counts = ground.store.counts().await.unwrap();
    assert_eq!(counts.iter().map(|(state, _)| *state).collect::<Vec<_>>(), State::ALL);
    let some: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    use State::*;
    assert_eq!(some, [(Scheduled, 1), (Available, 1), (Running, 1), (Completed, 1)]);
    ground.clock.advance(LEASE_MS);
    assert!(ground.store.workers().await.unwrap().is_empty(), "its lease ran out");
}

pub async fn an_available_job_says_why_it_is_not_run(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let reason = async || ground.view("a").await.summary.reason;
    assert!(reason().await.is_some_and(|why| why.contains("no live worker serves queue `default`")));
    let _worker = ground.worker("w", &["mail"]).await;
    assert_eq!(reason().await, None);
    let mut huge = module("mail", 2, 1);
    huge.manifest.memory_ladder_bytes = vec![2_000 * MIB];
    ground.store.deploy(huge).await.unwrap();
    assert!(reason().await.is_some_and(|why| why.contains("largest budget of a live worker")));
    ground.store.pause(QueueName::trusted("default"), true).await.unwrap();
    assert!(reason().await.is_some_and(|why| why.contains("queue `default` is paused")));
}

pub async fn a_dead_worker_is_seen_to_be_lost_before_anybody_ends_its_leases(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let worker = ground.worker("w", &["mail"]).await;
    let lost =
        async || ground.store.workers().await.unwrap().iter().map(|seen| seen.lost).collect::<Vec<_>>();
    assert_eq!(lost().await, [false]);
    ground.lose(worker).await;
    assert_eq!(lost().await, [true]);
    ground.store.tend().await.unwrap();
    assert_eq!(lost().await, [false; 0]);
}
