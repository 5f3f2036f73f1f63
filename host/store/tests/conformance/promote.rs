//! Promote: what is due lines up behind all that wait.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn a_scheduled_job_waits_for_its_time_and_then_for_its_turn(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let later = |id, ms| NewJob { due_at: Some(START + ms), ..job(id, "mail") };
    ground.store.enqueue(vec![later("b", 200), later("a", 100)]).await.unwrap();
    ground.push(&["now"], "mail").await;
    let view = ground.view("a").await;
    assert_eq!((view.summary.state, view.summary.at), (State::Scheduled, START + 100));
    let worker = ground.worker("w", &["mail"]).await;
    ground.clock.advance(99);
    assert_eq!(worker.store.tend().await.unwrap().promoted, 0);
    ground.clock.advance(1);
    let tended = worker.store.tend().await.unwrap();
    assert_eq!((tended.promoted, tended.next_due_at), (1, Some(START + 200)));
    ground.clock.advance(500);
    assert_eq!(worker.store.tend().await.unwrap().promoted, 1);
    let claimed = worker.claim(9).await;
    assert_eq!(ids(&claimed), ["now", "a", "b"]);
    assert_eq!((claimed[1].available_at, claimed[1].enqueued_at), (START + 100, START));
    worker.applied(completed(&claimed[1], 1)).await;
}

pub async fn what_is_put_off_for_ever_does_not_come_back_at_once(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let never = |id| NewJob { due_at: Some(Timestamp(u64::MAX)), ..job(id, "mail") };
    ground.store.enqueue(vec![never("pushed")]).await.unwrap();
    ground.push(&["snoozed", "failed"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(9).await;
    assert_eq!(ids(&jobs), ["snoozed", "failed"]);
    worker.applied(end(&jobs[0], 1, Outcome::Failed, Next::Scheduled(u64::MAX))).await;
    worker.applied(end(&jobs[1], 1, Outcome::Failed, Next::Retryable(u64::MAX / 2))).await;
    ground.clock.advance(1_000_000);
    assert_eq!(worker.store.tend().await.unwrap().promoted, 0);
    for id in ["pushed", "snoozed", "failed"] {
        assert_eq!(ground.view(id).await.summary.at, Timestamp::LATEST, "{id}");
    }
}

pub async fn a_worker_with_the_longest_lease_there_is_keeps_it(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let id: WorkerId = "long".parse().unwrap();
    let facts = WorkerFacts { lease_ms: u64::MAX, ..facts(&id) };
    worker.store.sign_on(facts).await.unwrap();
    let long = Worker { id, ..worker };
    assert!(!long.beat().await.expired);
    assert_eq!(ids(&long.claim(1).await), ["a"]);
}

pub async fn a_retry_comes_after_its_backoff(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    worker.applied(checkpoint(&jobs[0], 1, "half", 0)).await;
    worker.applied(end(&jobs[0], 2, Outcome::Failed, Next::Retryable(1_000))).await;
    worker.applied(end(&jobs[1], 1, Outcome::Failed, Next::Scheduled(500))).await;
    assert_eq!((ground.state("a").await, ground.state("b").await), (State::Retryable, State::Scheduled));
    ground.clock.advance(1_000);
    assert_eq!(worker.store.tend().await.unwrap().promoted, 2);
    let again = worker.claim(9).await;
    assert_eq!(ids(&again), ["b", "a"]);
    assert_eq!(again[1].checkpoint.as_ref().map(|one| one.state.clone()), Some("half".into()));
    assert_eq!(again[1].token.attempt, 2);
}

pub async fn the_next_due_time_is_told_with_every_answer(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let worker = ground.worker("w", &["mail"]).await;
    assert_eq!(worker.exchange(Vec::new(), None).await.next_due_at, None);
    let later = NewJob { due_at: Some(START + 300), ..job("a", "mail") };
    ground.store.enqueue(vec![later]).await.unwrap();
    assert_eq!(worker.exchange(Vec::new(), Some(worker.asks(1))).await.next_due_at, Some(START + 300));
    assert_eq!(worker.store.tend().await.unwrap().next_due_at, Some(START + 300));
}
