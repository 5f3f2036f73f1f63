//! Retry by hand.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn a_dead_job_runs_again_from_its_checkpoint_with_its_counters_at_zero(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    worker.applied(checkpoint(&a, 1, "half", 0)).await;
    let mut dead = end(&a, 2, Outcome::Failed, Next::Dead("no more retries".to_owned()));
    if let Some(end) = &mut dead.end {
        end.verdict.counters.failures = 25;
    }
    worker.applied(dead.clone()).await;
    assert_eq!(ground.view("a").await.counters.failures, 25);
    assert_eq!(ground.store.retry(vec![a.id.clone()]).await.unwrap(), [RetryReply::Available]);
    let view = ground.view("a").await;
    assert_eq!((view.counters, view.fuel_spent, view.wall_spent_ms), (Counters::default(), 0, 0));
    assert_eq!((view.summary.state, view.finished_at, view.summary.attempt), (State::Available, None, 1));
    assert_eq!(worker.commit(dead).await, CommitReply::AlreadyApplied);
    let claimed = worker.claim(9).await;
    assert_eq!(ids(&claimed), ["b", "a"]);
    assert_eq!(claimed[1].token.attempt, 2);
    assert_eq!(claimed[1].checkpoint.as_ref().map(|one| one.state.clone()), Some("half".into()));
    worker.applied(completed(&claimed[1], 1)).await;
    assert_eq!(ground.store.attempts(a.id).await.unwrap().len(), 2);
}

pub async fn what_waits_for_its_time_runs_now(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let later = NewJob { due_at: Some(START + 9_000), ..job("later", "mail") };
    ground.store.enqueue(vec![later, job("a", "mail")]).await.unwrap();
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    worker.applied(end(&a, 1, Outcome::Failed, Next::Retryable(9_000))).await;
    ground.store.retry(vec![a.id, JobId::trusted("later")]).await.unwrap();
    assert_eq!(ids(&worker.claim(9).await), ["a", "later"]);
    ground.clock.advance(10_000);
    assert_eq!(ground.store.tend().await.unwrap().promoted, 0);
}

pub async fn what_runs_waits_or_completed_is_not_retried(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    worker.applied(completed(&jobs[0], 1)).await;
    let asked = ["a", "b", "c", "nobody"].map(JobId::trusted).to_vec();
    use RetryReply::*;
    let replies = ground.store.retry(asked).await.unwrap();
    assert_eq!(replies, [Not(State::Completed), Not(State::Running), Not(State::Available), Unknown]);
}
