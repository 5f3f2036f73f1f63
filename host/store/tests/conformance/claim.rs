//! Claim: the order of the line, and what a claim may carry.

use std::sync::Arc;

use cofferdam_queue::*;

use crate::ground::*;

pub async fn jobs_are_given_in_the_order_in_which_they_were_pushed(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["c", "a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let first = worker.claim(2).await;
    assert_eq!(ids(&first), ["c", "a"]);
    assert_eq!((first[0].token.attempt, first[0].step, first[0].enqueued_at), (1, 0, START));
    assert_eq!(first[0].module, hash("mail", 1));
    assert_eq!(ids(&worker.claim(2).await), ["b"]);
    assert!(worker.claim(2).await.is_empty());
}

pub async fn kinds_are_merged_by_age(ground: Ground) {
    ground.deploy(&["mail", "report"]).await;
    for (id, kind) in [("a", "report"), ("b", "mail"), ("c", "mail"), ("d", "report")] {
        ground.push(&[id], kind).await;
    }
    let worker = ground.worker("w", &["mail", "report"]).await;
    assert_eq!(ids(&worker.claim(3).await), ["a", "b", "c"]);
    assert_eq!(ids(&worker.claim(3).await), ["d"]);
}

pub async fn the_first_queue_is_served_before_the_next_and_others_not_at_all(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let of = |id, queue: &str| NewJob { queue: Some(queue.parse().unwrap()), ..job(id, "mail") };
    let jobs = vec![of("a", "low"), of("b", "high"), of("c", "other"), of("d", "low"), of("e", "high")];
    ground.store.enqueue(jobs).await.unwrap();
    let worker = ground.worker("w", &["mail"]).await;
    let queues = ["high", "low"].map(QueueName::trusted).to_vec();
    let got = worker.exchange(Vec::new(), Some(Claim { queues, ..worker.asks(10) })).await;
    assert_eq!(ids(&got.claimed), ["b", "e", "a", "d"]);
    assert_eq!(ids(&worker.claim(10).await), ["c"], "no queue named: all of them");
}

pub async fn only_kinds_that_the_worker_can_run_are_given(ground: Ground) {
    ground.deploy(&["mail", "report"]).await;
    ground.push(&["a"], "report").await;
    ground.push(&["b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    assert_eq!(ids(&worker.claim(10).await), ["b"]);
}

pub async fn the_reservations_of_all_jobs_given_fit_together(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c", "d"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let claim = Claim { free_bytes: 2 * MIB + MIB / 2, ..worker.asks(10) };
    let got = worker.exchange(Vec::new(), Some(claim)).await;
    assert_eq!(ids(&got.claimed), ["a", "b"]);
    assert_eq!(got.starved, Some(Starved { reservation_bytes: MIB, available_at: START }));
}

pub async fn what_waits_for_memory_is_passed_over_and_reported(ground: Ground) {
    ground.deploy(&["big", "small"]).await;
    ground.clock.advance(5);
    ground.push(&["a", "b"], "big").await;
    ground.clock.advance(5);
    ground.push(&["c", "d"], "small").await;
    let mut worker = ground.worker("w", &[]).await;
    worker.programs = Arc::new(vec![program("big", 1, &[64 * MIB]), program("small", 1, &[MIB])]);
    let claim = Claim { free_bytes: 65 * MIB, ..worker.asks(10) };
    let got = worker.exchange(Vec::new(), Some(claim)).await;
    assert_eq!(ids(&got.claimed), ["a", "c"], "the second big one does not hold up the small ones");
    let oldest = Starved { reservation_bytes: 64 * MIB, available_at: START + 5 };
    assert_eq!(got.starved, Some(oldest.clone()));
    // Also when no job is wanted, or none fits at all.
    let claim = Claim { free_bytes: 0, ..worker.asks(0) };
    assert_eq!(worker.exchange(Vec::new(), Some(claim)).await.starved, Some(oldest));
    let claim = Claim { free_bytes: 64 * MIB, ..worker.asks(0) };
    assert_eq!(worker.exchange(Vec::new(), Some(claim)).await.starved, None, "it would fit");
}

pub async fn what_is_over_the_whole_budget_is_neither_given_nor_reported(ground: Ground) {
    ground.deploy(&["big", "small"]).await;
    ground.push(&["a"], "big").await;
    ground.push(&["b"], "small").await;
    let mut worker = ground.worker("w", &[]).await;
    worker.programs = Arc::new(vec![program("big", 1, &[64 * MIB]), program("small", 1, &[MIB])]);
    let claim = Claim { free_bytes: 32 * MIB, budget_bytes: 32 * MIB, ..worker.asks(10) };
    let got = worker.exchange(Vec::new(), Some(claim)).await;
    assert_eq!((ids(&got.claimed), got.starved), (vec!["b"], None));
}

pub async fn a_worker_that_never_signed_on_gets_nothing(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let stranger = Claim { worker: WorkerId::trusted("stranger"), ..worker.asks(10) };
    let got = worker.exchange(Vec::new(), Some(stranger)).await;
    assert!(got.expired && got.claimed.is_empty());
    assert_eq!(worker.claim(1).await.len(), 1);
}

pub async fn two_workers_share_the_line_and_no_job(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c", "d"], "mail").await;
    let (one, two) = (ground.worker("one", &["mail"]).await, ground.worker("two", &["mail"]).await);
    assert_eq!(ids(&one.claim(1).await), ["a"]);
    assert_eq!(ids(&two.claim(2).await), ["b", "c"]);
    assert_eq!(ids(&one.claim(9).await), ["d"]);
    assert_eq!(ground.view("b").await.worker, Some(two.id.clone()));
}

pub async fn jobs_of_a_lost_reply_are_given_again_with_their_tokens(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c", "d"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let heard = worker.claim(1).await;
    let lost = worker.claim(2).await;
    let claim = Claim { held: Some(vec![heard[0].id.clone()]), ..worker.asks(3) };
    let got = worker.exchange(Vec::new(), Some(claim)).await;
    assert_eq!(ids(&got.claimed), ["b", "c", "d"]);
    assert_eq!((got.claimed[0].token, got.claimed[1].token), (lost[0].token, lost[1].token));
    assert_eq!(got.claimed[0].input, lost[0].input);
    worker.applied(completed(&got.claimed[0], 1)).await;
    // Nothing was lost this time: nothing is given twice.
    let held = ["a", "c", "d"].map(JobId::trusted).to_vec();
    let got = worker.exchange(Vec::new(), Some(Claim { held: Some(held), ..worker.asks(3) })).await;
    assert!(got.claimed.is_empty());
    // What it has heard of and says it does not hold goes back.
    worker.applied(checkpoint(&heard[0], 1, "half", 0)).await;
    let held = ["c", "d"].map(JobId::trusted).to_vec();
    let got = worker.exchange(Vec::new(), Some(Claim { held: Some(held), ..worker.asks(3) })).await;
    assert_eq!((ids(&got.claimed), got.claimed[0].token.attempt), (vec!["a"], 2));
}

pub async fn what_was_given_again_counts_against_memory_and_number(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c", "d"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    worker.claim(2).await;
    let claim = Claim { held: Some(Vec::new()), free_bytes: 3 * MIB, ..worker.asks(9) };
    let got = worker.exchange(Vec::new(), Some(claim)).await;
    assert_eq!(ids(&got.claimed), ["a", "b", "c"]);
    let got = worker.exchange(Vec::new(), Some(Claim { held: Some(Vec::new()), ..worker.asks(3) })).await;
    assert_eq!(ids(&got.claimed), ["a", "b", "c"]);
}

pub async fn many_jobs_are_given_in_one_claim(ground: Ground) {
    ground.deploy(&["mail", "report"]).await;
    let names: Vec<String> = (0..700).map(|i| format!("job-{i:04}")).collect();
    let jobs =
        names.iter().enumerate().map(|(i, id)| job(id, if i % 3 == 0 { "mail" } else { "report" })).collect();
    ground.store.enqueue(jobs).await.unwrap();
    let worker = ground.worker("w", &["mail", "report"]).await;
    let claimed = worker.claim(600).await;
    assert_eq!(ids(&claimed), names[..600].iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(worker.claim(600).await.len(), 100);
}
