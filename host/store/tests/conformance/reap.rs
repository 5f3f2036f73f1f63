//! Reap: only an expired lease, or proof of death, gives jobs back.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn an_expired_lease_gives_the_job_back_at_its_place(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    ground.let_pass(LEASE_MS - 1).await;
    assert_eq!(ground.store.tend().await.unwrap().lost, []);
    ground.clock.advance(1);
    let tended = ground.store.tend().await.unwrap();
    assert_eq!((tended.reaped, tended.lost), (1, vec![worker.id.clone()]));
    assert_eq!(worker.commit(completed(&a, 1)).await, CommitReply::LeaseLost);
    let view = ground.view("a").await;
    assert_eq!((view.summary.state, view.summary.outcome), (State::Available, Some(Outcome::WorkerLost)));
    assert_eq!((view.counters.crashes, view.counters.idle_crashes), (1, 1));
    assert_eq!(ids(&ground.worker("other", &["mail"]).await.claim(9).await), ["a", "b"]);
    assert!(ground.store.workers().await.unwrap().iter().all(|view| view.facts.id != worker.id));
}

pub async fn a_worker_proven_dead_is_reaped_at_once(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let (dead, alive) = (ground.worker("dead", &["mail"]).await, ground.worker("alive", &["mail"]).await);
    let a = dead.claim_one().await;
    let b = alive.claim_one().await;
    ground.lose(dead).await;
    // Somebody else may have been quicker than this call.
    alive.store.tend().await.unwrap();
    let claimed = alive.claim(9).await;
    assert_eq!((ids(&claimed), claimed[0].token.attempt), (vec!["a"], 2));
    assert_eq!(alive.commit(completed(&a, 1)).await, CommitReply::LeaseLost);
    alive.applied(completed(&b, 1)).await;
}

pub async fn a_worker_whose_end_was_seen_is_reaped_when_it_is_said(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c"], "mail").await;
    let (seen, alive) = (ground.worker("seen", &["mail"]).await, ground.worker("alive", &["mail"]).await);
    let a = seen.claim_one().await;
    seen.applied(checkpoint(&a, 1, "half", 0)).await;
    let b = alive.claim_one().await;
    // By somebody who is no worker.
    assert_eq!(ground.another().bury(seen.id.clone()).await.unwrap(), 1);
    let view = ground.view("a").await;
    assert_eq!((view.summary.state, view.summary.outcome), (State::Available, Some(Outcome::WorkerLost)));
    assert_eq!((view.counters.crashes, view.counters.idle_crashes), (1, 1));
    assert_eq!(seen.commit(completed(&a, 2)).await, CommitReply::LeaseLost);
    assert!(seen.exchange(Vec::new(), Some(seen.asks(1))).await.expired);
    let claimed = alive.claim(9).await;
    assert_eq!(ids(&claimed), ["a", "c"], "at its place");
    assert_eq!(claimed[0].checkpoint.as_ref().map(|one| one.state.clone()), Some("half".into()));
    alive.applied(completed(&b, 1)).await;
    // Once more, and of somebody who never was.
    for id in [seen.id.clone(), WorkerId::trusted("nobody")] {
        assert_eq!(ground.store.bury(id).await.unwrap(), 0);
    }
    assert_eq!(ground.store.workers().await.unwrap().len(), 1);
}

pub async fn a_live_worker_is_left_alone(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    for store in [&ground.store, &ground.another(), &worker.store] {
        let seen = Tended { next_expiry_at: Some(START + LEASE_MS), ..Tended::default() };
        assert_eq!(store.tend().await.unwrap(), seen);
    }
    worker.applied(completed(&a, 1)).await;
}

pub async fn the_third_crash_without_progress_is_the_end(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    for crash in 1..=3 {
        let worker = ground.worker(&format!("w{crash}"), &["mail"]).await;
        assert_eq!(worker.claim_one().await.counters.idle_crashes, crash - 1);
        ground.lose(worker).await;
        ground.store.tend().await.unwrap();
    }
    let view = ground.view("a").await;
    assert_eq!((view.summary.state, view.counters.crashes), (State::Dead, 3));
    assert!(view.summary.reason.is_some_and(|reason| reason.contains("3 times")));
    assert_eq!(ground.store.attempts(JobId::trusted("a")).await.unwrap().len(), 3);
}

pub async fn progress_clears_the_crashes(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    for crash in 1..=4 {
        let worker = ground.worker(&format!("w{crash}"), &["mail"]).await;
        let a = worker.claim_one().await;
        if crash == 2 {
            worker.applied(checkpoint(&a, 1, "further", 0)).await;
        }
        ground.lose(worker).await;
        ground.store.tend().await.unwrap();
    }
    let view = ground.view("a").await;
    assert_eq!((view.counters.crashes, view.counters.idle_crashes), (4, 3));
    assert_eq!(view.summary.state, State::Dead);
}

pub async fn a_clock_set_back_does_not_prolong_a_lease(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    worker.claim_one().await;
    ground.clock.set(START - 3_600_000);
    assert_eq!(ground.store.tend().await.unwrap().reaped, 0);
    ground.let_pass(LEASE_MS).await;
    assert_eq!(ground.store.tend().await.unwrap().reaped, 1);
    assert_eq!(ground.state("a").await, State::Available);
}

pub async fn a_cancelled_job_of_a_lost_worker_is_cancelled(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    assert_eq!(ground.store.cancel(vec![a.id]).await.unwrap(), [CancelReply::Requested]);
    ground.lose(worker).await;
    ground.store.tend().await.unwrap();
    let view = ground.view("a").await;
    assert_eq!((view.summary.state, view.summary.outcome), (State::Cancelled, Some(Outcome::WorkerLost)));
}
