//! Delete: a finished job, whole.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn a_finished_job_goes_with_all_that_belongs_to_it(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    let mut first = appending(checkpoint(&a, 1, "half", 1), &[(0, "row")]);
    first.effects.logs.push(LogLine { at: START, attempt: 1, level: "info".into(), text: "hello".into() });
    worker.applied(first).await;
    worker.applied(end(&a, 2, Outcome::Interrupted, Next::Available(Place::Front))).await;
    let again = worker.claim_one().await;
    worker.applied(completed(&again, 1)).await;
    assert_eq!(ground.store.delete(vec![a.id.clone()]).await.unwrap(), vec![a.id.clone()]);
    assert_eq!(ground.store.job(a.id.clone()).await.unwrap(), None);
    // The id may be used again, and nothing of the first is left.
    ground.push(&["a"], "mail").await;
    assert!(ground.store.attempts(a.id.clone()).await.unwrap().is_empty());
    assert!(ground.store.logs(a.id.clone(), 0).await.unwrap().lines.is_empty());
    assert!(ground.store.parts(a.id.clone()).await.unwrap().is_empty());
    assert_eq!(worker.commit(completed(&again, 1)).await, CommitReply::LeaseLost);
    let reborn = worker.claim_one().await;
    assert_eq!((reborn.token.attempt, reborn.checkpoint.is_none()), (1, true));
    assert_eq!(worker.commit(completed(&again, 1)).await, CommitReply::LeaseLost);
    worker.applied(completed(&reborn, 1)).await;
}

pub async fn what_has_not_finished_is_not_deleted(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    worker.claim_one().await;
    let asked = ["a", "b", "nobody"].map(JobId::trusted).to_vec();
    assert!(ground.store.delete(asked).await.unwrap().is_empty());
    assert_eq!((ground.state("a").await, ground.state("b").await), (State::Running, State::Available));
}
