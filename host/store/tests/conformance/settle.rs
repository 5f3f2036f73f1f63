//! The end of an attempt: where the verdict sends the job.

use std::sync::Arc;

use cofferdam_queue::*;

use crate::ground::*;

pub async fn an_interrupted_job_with_progress_keeps_its_place(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    ground.clock.advance(50);
    worker.applied(end(&jobs[1], 1, Outcome::Interrupted, Next::Available(Place::Front))).await;
    worker.applied(end(&jobs[0], 1, Outcome::Interrupted, Next::Available(Place::Front))).await;
    let again = worker.claim(9).await;
    assert_eq!(ids(&again), ["a", "b", "c"]);
    assert_eq!((again[0].available_at, again[0].enqueued_at), (START + 50, START));
}

pub async fn a_job_sent_to_the_back_stands_behind_all_that_wait(ground: Ground) {
    ground.deploy(&["mail", "report"]).await;
    ground.push(&["a", "b"], "mail").await;
    ground.push(&["c"], "report").await;
    let worker = ground.worker("w", &["mail", "report"]).await;
    let a = worker.claim_one().await;
    worker.applied(end(&a, 1, Outcome::Interrupted, Next::Available(Place::Back))).await;
    ground.push(&["d"], "mail").await;
    assert_eq!(ids(&worker.claim(9).await), ["b", "c", "a", "d"]);
}

pub async fn a_step_up_the_ladder_changes_what_is_reserved(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let mut worker = ground.worker("w", &[]).await;
    worker.programs = Arc::new(vec![program("mail", 1, &[MIB, 8 * MIB])]);
    let a = worker.claim_one().await;
    let mut trapped = end(&a, 1, Outcome::MemoryLimit, Next::Available(Place::Front));
    if let Some(end) = &mut trapped.end {
        end.verdict.step = 1;
        end.verdict.counters.memory_traps = 1;
    }
    worker.applied(trapped).await;
    let claim = Claim { free_bytes: 7 * MIB, ..worker.asks(1) };
    let got = worker.exchange(Vec::new(), Some(claim)).await;
    assert_eq!(got.starved.map(|starved| starved.reservation_bytes), Some(8 * MIB));
    let again = worker.claim_one().await;
    assert_eq!((again.step, again.counters.memory_traps), (1, 1));
    worker.applied(completed(&again, 1)).await;
    let view = ground.view("a").await;
    assert_eq!((view.step, view.counters.memory_traps), (1, 1));
}

pub async fn dead_and_discarded_jobs_keep_their_reason(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    worker.applied(end(&jobs[0], 1, Outcome::Trapped, Next::Dead("unreachable".to_owned()))).await;
    worker.applied(end(&jobs[1], 1, Outcome::Failed, Next::Discarded("not needed".to_owned()))).await;
    let (a, b) = (ground.view("a").await, ground.view("b").await);
    assert_eq!((a.summary.state, a.summary.reason.as_deref()), (State::Dead, Some("unreachable")));
    assert_eq!((b.summary.state, b.summary.reason.as_deref()), (State::Discarded, Some("not needed")));
    assert_eq!((a.summary.outcome, a.finished_at), (Some(Outcome::Trapped), Some(START)));
    assert!(worker.claim(9).await.is_empty());
}

pub async fn what_attempts_spent_adds_up(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    let mut failed = end(&a, 1, Outcome::Failed, Next::Available(Place::Front));
    if let Some(end) = &mut failed.end {
        end.verdict.counters.failures = 1;
    }
    worker.applied(failed).await;
    let again = worker.claim_one().await;
    assert_eq!((again.fuel_spent, again.wall_spent_ms, again.counters.failures), (1_000, 7, 1));
    worker.applied(completed(&again, 1)).await;
    let view = ground.view("a").await;
    assert_eq!((view.fuel_spent, view.wall_spent_ms, view.counters.failures), (2_000, 14, 1));
    let attempts = ground.store.attempts(a.id).await.unwrap();
    let outcomes: Vec<_> = attempts.iter().map(|one| (one.attempt, one.outcome)).collect();
    assert_eq!(outcomes, [(1, Outcome::Failed), (2, Outcome::Completed)]);
    assert_eq!(attempts[1].report, "{\"attempt\":2}");
}

pub async fn a_cancellation_on_its_way_ends_what_would_run_again(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    ground.store.cancel(vec![jobs[0].id.clone(), jobs[1].id.clone()]).await.unwrap();
    worker.applied(end(&jobs[0], 1, Outcome::Failed, Next::Retryable(5))).await;
    worker.applied(end(&jobs[1], 1, Outcome::Interrupted, Next::Available(Place::Front))).await;
    for id in ["a", "b"] {
        assert_eq!(ground.state(id).await, State::Cancelled);
        assert!(!ground.view(id).await.cancel_requested, "it was answered");
    }
    assert_eq!(ground.view("a").await.summary.outcome, Some(Outcome::Failed));
}

pub async fn a_cancellation_on_its_way_leaves_what_has_ended(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    ground.store.cancel(vec![a.id.clone()]).await.unwrap();
    worker.applied(completed(&a, 1)).await;
    assert_eq!(ground.state("a").await, State::Completed);
}

pub async fn only_the_newest_attempts_are_kept(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    for _ in 0..ATTEMPTS_KEPT + 2 {
        let a = worker.claim_one().await;
        worker.applied(end(&a, 1, Outcome::Interrupted, Next::Available(Place::Front))).await;
    }
    let last = worker.claim_one().await;
    worker.applied(completed(&last, 1)).await;
    let attempts = ground.store.attempts(last.id).await.unwrap();
    let numbers: Vec<u32> = attempts.iter().map(|one| one.attempt).collect();
    assert_eq!(numbers, (4..=ATTEMPTS_KEPT + 3).collect::<Vec<_>>());
}
