//! Sign on and sign off.

use cofferdam_queue::*;

use crate::ground::*;

pub async fn who_signs_off_gives_back_what_it_holds(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let (leaver, stayer) =
        (ground.worker("leaver", &["mail"]).await, ground.worker("stayer", &["mail"]).await);
    let a = leaver.claim_one().await;
    leaver.store.sign_off(leaver.id.clone()).await.unwrap();
    let view = ground.view("a").await;
    assert_eq!((view.summary.state, view.summary.outcome), (State::Available, Some(Outcome::Interrupted)));
    assert_eq!((view.counters.interruptions, view.counters.crashes, view.worker), (1, 0, None));
    let claimed = stayer.claim(9).await;
    assert_eq!(ids(&claimed), ["b", "a"], "without progress it goes to the back");
    assert_eq!(claimed[1].token.attempt, a.token.attempt + 1);
    assert_eq!(ground.store.workers().await.unwrap().len(), 1);
}

pub async fn who_signs_off_with_progress_keeps_the_place_of_its_jobs(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let (leaver, stayer) =
        (ground.worker("leaver", &["mail"]).await, ground.worker("stayer", &["mail"]).await);
    let a = leaver.claim_one().await;
    leaver.applied(checkpoint(&a, 1, "half", 0)).await;
    leaver.store.sign_off(leaver.id.clone()).await.unwrap();
    let claimed = stayer.claim(9).await;
    assert_eq!(ids(&claimed), ["a", "b"]);
    assert_eq!(claimed[0].checkpoint.as_ref().map(|one| one.state.clone()), Some("half".into()));
    assert_eq!(claimed[0].counters.idle_interruptions, 1);
}

pub async fn signing_on_twice_changes_nothing(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    worker.store.sign_on(facts(&worker.id)).await.unwrap();
    worker.applied(completed(&a, 1)).await;
    assert_eq!(ground.store.workers().await.unwrap().len(), 1);
}

pub async fn after_signing_off_nothing_may_be_committed(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    worker.store.sign_off(worker.id.clone()).await.unwrap();
    assert_eq!(worker.commit(completed(&a, 1)).await, CommitReply::LeaseLost);
    assert!(worker.exchange(Vec::new(), Some(worker.asks(1))).await.expired);
    worker.store.sign_off(worker.id.clone()).await.unwrap();
}
