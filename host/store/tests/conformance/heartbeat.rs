//! Heartbeat: one for all leases, and what a worker hears by it.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn a_beat_renews_all_leases(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    for _ in 0..3 {
        ground.clock.advance(LEASE_MS - 1);
        assert!(!worker.beat().await.expired);
        assert_eq!(ground.store.tend().await.unwrap().reaped, 0);
    }
    worker.applied(completed(&jobs[0], 1)).await;
    let expires_at = ground.store.workers().await.unwrap()[0].expires_at;
    assert_eq!(expires_at, START + 3 * (LEASE_MS - 1) + LEASE_MS);
}

pub async fn a_worker_whose_time_ran_out_is_told_and_may_not_commit(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let (one, two) = (ground.worker("one", &["mail"]).await, ground.worker("two", &["mail"]).await);
    let (a, b) = (one.claim_one().await, two.claim_one().await);
    ground.let_pass(LEASE_MS).await;
    // Nobody has tended: to be told is as good.
    assert!(one.beat().await.expired);
    assert_eq!(one.commit(completed(&a, 1)).await, CommitReply::LeaseLost);
    let claim = two.exchange(Vec::new(), Some(two.asks(1))).await;
    assert!(claim.expired && claim.claimed.is_empty());
    assert_eq!(two.commit(completed(&b, 1)).await, CommitReply::LeaseLost);
    assert_eq!(ground.view("a").await.summary.outcome, Some(Outcome::WorkerLost));
}

pub async fn an_unknown_worker_is_told_so(ground: Ground) {
    let worker = ground.worker("w", &[]).await;
    let stranger = WorkerId::trusted("stranger");
    let beat = Heartbeat { worker: stranger, quiet: false, reserved_bytes: 0, running: 0 };
    assert!(worker.store.heartbeat(beat).await.unwrap().expired);
}

pub async fn a_beat_hears_of_cancellations_orders_and_deploys(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    let before = worker.beat().await;
    assert_eq!((before.order, before.cancelled.len()), (WorkerOrder::Work, 0));
    ground.store.cancel(vec![jobs[1].id.clone()]).await.unwrap();
    ground.store.order(None, WorkerOrder::Quiet).await.unwrap();
    ground.deploy(&["report"]).await;
    let heard = worker.beat().await;
    assert_eq!((heard.order, &heard.cancelled[..]), (WorkerOrder::Quiet, &[jobs[1].id.clone()][..]));
    assert!(heard.deploys > before.deploys && !heard.expired);
    let beat = Heartbeat { worker: worker.id.clone(), quiet: true, reserved_bytes: 5 * MIB, running: 2 };
    worker.store.heartbeat(beat).await.unwrap();
    let view = ground.store.workers().await.unwrap().remove(0);
    assert_eq!((view.quiet, view.reserved_bytes, view.running), (true, 5 * MIB, 2));
    assert_eq!((view.order, view.facts), (WorkerOrder::Quiet, facts(&worker.id)));
}
