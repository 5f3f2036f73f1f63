//! Silence: while nobody reached the store, no lease ends, and nothing counts as a crash.

use cofferdam_queue::*;

use crate::ground::*;

/// Two workers, each with a job, and a time in which nobody was heard.
async fn two_after_a_silence(ground: &Ground) -> [(Worker, Claimed); 2] {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let (one, two) = (ground.worker("one", &["mail"]).await, ground.worker("two", &["mail"]).await);
    let (a, b) = (one.claim_one().await, two.claim_one().await);
    ground.clock.advance(10 * LEASE_MS);
    [(one, a), (two, b)]
}

async fn lost(ground: &Ground) -> Vec<WorkerId> {
    ground.store.tend().await.unwrap().lost
}

pub async fn after_it_every_worker_that_is_heard_goes_on(ground: Ground) {
    let workers = two_after_a_silence(&ground).await;
    assert_eq!(lost(&ground).await, []);
    for (worker, _) in &workers {
        assert!(!worker.beat().await.expired);
    }
    ground.clock.advance(LEASE_MS / 3);
    assert_eq!(lost(&ground).await, []);
    for (worker, job) in &workers {
        worker.applied(completed(job, 1)).await;
    }
}

pub async fn who_is_not_heard_within_a_third_of_a_lease_after_it_is_lost(ground: Ground) {
    let [(one, a), (two, b)] = two_after_a_silence(&ground).await;
    assert!(!one.beat().await.expired);
    ground.clock.advance(LEASE_MS / 3 - 1);
    assert_eq!(lost(&ground).await, []);
    ground.clock.advance(1);
    assert_eq!(lost(&ground).await, std::slice::from_ref(&two.id));
    one.applied(completed(&a, 1)).await;
    assert_eq!(two.commit(completed(&b, 1)).await, CommitReply::LeaseLost);
    assert_eq!(ground.view("b").await.counters.crashes, 1);
}

pub async fn whoever_only_looks_at_the_store_spares_nobody_twice(ground: Ground) {
    let [(one, _), (two, _)] = two_after_a_silence(&ground).await;
    assert_eq!(lost(&ground).await, []);
    ground.clock.advance(LEASE_MS / 3);
    assert_eq!(lost(&ground).await, [one.id, two.id]);
}

pub async fn who_comes_back_under_another_name_leaves_others_their_leases(ground: Ground) {
    let [(one, _), (two, b)] = two_after_a_silence(&ground).await;
    one.store.sign_off(one.id.clone()).await.unwrap();
    let again = ground.worker("again", &["mail"]).await;
    assert_eq!(lost(&ground).await, []);
    let claimed = again.claim(2).await;
    assert_eq!((ids(&claimed), claimed[0].counters.crashes), (vec!["a"], 0));
    assert!(!two.beat().await.expired);
    two.applied(completed(&b, 1)).await;
}

pub async fn a_claim_after_it_is_answered(ground: Ground) {
    let [(one, a), _] = two_after_a_silence(&ground).await;
    let exchanged = one.exchange(vec![completed(&a, 1)], Some(one.asks(1))).await;
    assert!(!exchanged.expired);
    assert_eq!(exchanged.replies, [CommitReply::Applied]);
}
