//! Waking: not by polling, and never lost.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn a_push_wakes_and_no_wake_is_lost(ground: Ground) {
    ground.deploy(&["mail"]).await;
    soon("the deploy", ground.store.woken()).await;
    // Before anybody waits.
    ground.push(&["a"], "mail").await;
    assert!(soon("a push", ground.store.woken()).await.jobs);
    ground.store.order(None, WorkerOrder::Work).await.unwrap();
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    ground.store.cancel(vec![a.id.clone()]).await.unwrap();
    assert!(soon("a cancellation", ground.store.woken()).await.notices);
    worker.applied(end(&a, 1, Outcome::Interrupted, Next::Available(Place::Front))).await;
}

pub async fn other_handles_are_woken_too(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let worker = ground.worker("w", &["mail"]).await;
    ground.push(&["a"], "mail").await;
    while !soon("a push elsewhere", worker.store.woken()).await.jobs {}
    let a = worker.claim_one().await;
    let mut last = completed(&a, 1);
    let child = NewJob { id: a.id.child(0), ..job("x", "mail") };
    last.effects.children.push(Child { number: 0, job: child });
    let other = ground.worker("other", &["mail"]).await;
    worker.applied(last).await;
    while !soon("a child elsewhere", other.store.woken()).await.jobs {}
    ground.store.order(Some(worker.id.clone()), WorkerOrder::Stop).await.unwrap();
    while !soon("an order elsewhere", worker.store.woken()).await.notices {}
    ground.store.pause(QueueName::trusted("default"), true).await.unwrap();
    ground.store.pause(QueueName::trusted("default"), false).await.unwrap();
    while !soon("a resumed queue", worker.store.woken()).await.jobs {}
}

pub async fn what_is_pushed_to_a_claim_that_stays_is_given_once(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let worker = ground.worker("w", &["mail"]).await;
    ground.push(&["a"], "mail").await;
    worker.applied(completed(&worker.claim_one().await, 1)).await;
    let asks = || Some(Claim { stays: 5, ..worker.asks(5) });
    assert!(worker.exchange(Vec::new(), asks()).await.claimed.is_empty());
    for id in ["b", "c", "d"] {
        ground.push(&[id], "mail").await;
    }
    let mut given: Vec<Claimed> = Vec::new();
    while given.len() < 3 {
        let wake = soon("a push", worker.store.woken()).await;
        if wake.jobs {
            given.extend(worker.exchange(Vec::new(), asks()).await.claimed);
        }
    }
    assert_eq!(ids(&given), ["b", "c", "d"]);
    let other = ground.worker("other", &["mail"]).await;
    assert!(other.claim(5).await.is_empty());
    for job in &given {
        worker.applied(completed(job, 1)).await;
        assert_eq!(ground.state(job.id.as_str()).await, State::Completed);
    }
}
