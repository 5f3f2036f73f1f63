//! Cancel: at once, or through the worker.

use cofferdam_queue::*;

use crate::ground::*;

fn named(ids: &[&str]) -> Vec<JobId> {
    ids.iter().map(|id| JobId::trusted(id)).collect()
}

pub async fn what_has_not_started_is_cancelled_at_once(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c"], "mail").await;
    let later = NewJob { due_at: Some(START + 9), ..job("later", "mail") };
    ground.store.enqueue(vec![later]).await.unwrap();
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    worker.applied(end(&a, 1, Outcome::Failed, Next::Retryable(50))).await;
    let replies = ground.store.cancel(named(&["a", "b", "later", "nobody"])).await.unwrap();
    use CancelReply::*;
    assert_eq!(replies, [Cancelled, Cancelled, Cancelled, Unknown]);
    ground.clock.advance(1_000);
    assert_eq!(ground.store.tend().await.unwrap().promoted, 0);
    assert_eq!(ids(&worker.claim(9).await), ["c"]);
    let view = ground.view("a").await;
    assert_eq!((view.summary.state, view.summary.outcome), (State::Cancelled, Some(Outcome::Failed)));
    assert_eq!((view.finished_at, view.summary.attempt), (Some(START), 1));
    assert_eq!(ground.view("b").await.summary.outcome, None);
}

pub async fn what_runs_is_asked_through_its_worker(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    assert_eq!(ground.store.cancel(named(&["a"])).await.unwrap(), [CancelReply::Requested]);
    assert_eq!(ground.store.cancel(named(&["a"])).await.unwrap(), [CancelReply::Requested]);
    let view = ground.view("a").await;
    assert!(view.cancel_requested && view.summary.state == State::Running);
    assert_eq!(worker.beat().await.cancelled, named(&["a"]));
    worker.applied(end(&a, 1, Outcome::Cancelled, Next::Cancelled)).await;
    assert_eq!(worker.beat().await.cancelled, []);
    assert_eq!(ground.state("a").await, State::Cancelled);
}

pub async fn what_has_ended_stays_as_it_ended(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    worker.applied(completed(&a, 1)).await;
    let replies = ground.store.cancel(named(&["a"])).await.unwrap();
    assert_eq!(replies, [CancelReply::Ended(State::Completed)]);
    assert_eq!(ground.state("a").await, State::Completed);
}
