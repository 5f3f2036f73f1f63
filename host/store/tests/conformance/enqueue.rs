//! Enqueue: all or none, and a repetition is recognized.

use bytes::Bytes;
use cofferdam_queue::*;

use crate::ground::*;

pub async fn a_repeated_push_is_recognized_and_changes_nothing(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let other = NewJob { input: Bytes::from_static(b"other"), ..job("a", "mail") };
    let enqueued = ground.store.enqueue(vec![other, job("b", "mail")]).await.unwrap();
    assert_eq!(enqueued, [Enqueued::Exists(JobId::trusted("a")), Enqueued::New(JobId::trusted("b"))]);
    assert_eq!(ground.view("a").await.input, "{\"of\":\"a\"}");
    let worker = ground.worker("w", &["mail"]).await;
    assert_eq!(ids(&worker.claim(10).await), ["a", "b"]);
    assert!(matches!(ground.store.enqueue(vec![job("a", "mail")]).await.unwrap()[0], Enqueued::Exists(_)));
}

pub async fn the_same_id_twice_in_one_push_is_enqueued_once(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let enqueued = ground.store.enqueue(vec![job("a", "mail"), job("a", "mail")]).await.unwrap();
    assert!(matches!(enqueued[..], [Enqueued::New(_), Enqueued::Exists(_)]), "{enqueued:?}");
    assert_eq!(ground.worker("w", &["mail"]).await.claim(10).await.len(), 1);
}

pub async fn an_unknown_kind_enqueues_nothing_and_names_the_nearest(ground: Ground) {
    ground.deploy(&["mail.send", "mail.fetch", "reports"]).await;
    let jobs = vec![job("a", "reports"), job("b", "mail.sned"), job("c", "zzz")];
    match ground.store.enqueue(jobs).await {
        Err(EnqueueError::UnknownKind { index, kind, nearest }) => {
            assert_eq!((index, kind.as_str()), (1, "mail.sned"));
            assert_eq!(nearest.first().map(Kind::as_str), Some("mail.send"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ground.store.job(JobId::trusted("a")).await.unwrap(), None);
}

pub async fn an_input_over_its_limit_enqueues_nothing(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let limit = ground.store.size_limits().input_bytes as usize;
    let of = |id, bytes| NewJob { input: Bytes::from(vec![b'x'; bytes]), ..job(id, "mail") };
    match ground.store.enqueue(vec![of("a", limit), of("b", limit + 1)]).await {
        Err(EnqueueError::InputTooLarge { index, bytes, limit_bytes }) => {
            assert_eq!((index, bytes, limit_bytes), (1, limit as u64 + 1, limit as u64));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ground.store.job(JobId::trusted("a")).await.unwrap(), None);
}

pub async fn a_job_goes_to_the_queue_of_its_manifest_unless_the_pusher_says_otherwise(ground: Ground) {
    let mut deploy = module("mail", 1, 1);
    deploy.manifest.queue = "slow".parse().unwrap();
    ground.store.deploy(deploy).await.unwrap();
    let urgent = NewJob { queue: Some("urgent".parse().unwrap()), ..job("b", "mail") };
    ground.store.enqueue(vec![job("a", "mail"), urgent]).await.unwrap();
    assert_eq!(ground.view("a").await.summary.queue.as_str(), "slow");
    assert_eq!(ground.view("b").await.summary.queue.as_str(), "urgent");
}

pub async fn a_large_input_comes_back_whole(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let input: Bytes = (0..ground.store.size_limits().input_bytes).map(|i| (i * 7 % 251) as u8).collect();
    ground.store.enqueue(vec![NewJob { input: input.clone(), ..job("a", "mail") }]).await.unwrap();
    assert_eq!(ground.worker("w", &["mail"]).await.claim_one().await.input, input);
    assert_eq!(ground.view("a").await.input, input);
}

pub async fn a_job_that_was_due_before_now_is_available_at_once(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let past = NewJob { due_at: Some(START), ..job("a", "mail") };
    ground.store.enqueue(vec![past]).await.unwrap();
    assert_eq!(ground.state("a").await, State::Available);
}

/// More than any store takes in one step.
pub async fn a_large_push_is_refused_as_a_whole_and_taken_as_a_whole(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let mut jobs: Vec<NewJob> = (0..1_203).map(|i| job(&format!("j{i:04}"), "mail")).collect();
    jobs.push(job("j0001", "mail"));
    let mut wrong = jobs.clone();
    wrong[1_100] = job("last", "male");
    let error = ground.store.enqueue(wrong).await.unwrap_err();
    assert!(matches!(error, EnqueueError::UnknownKind { index: 1_100, .. }), "{error}");
    let count = async || {
        let counts = ground.store.counts().await.unwrap();
        counts.into_iter().find(|(state, _)| *state == State::Available).map(|(_, count)| count)
    };
    assert_eq!(count().await, Some(0));
    let enqueued = ground.store.enqueue(jobs).await.unwrap();
    assert_eq!(enqueued.len(), 1_204);
    assert_eq!(enqueued[1_203], Enqueued::Exists(JobId::trusted("j0001")));
    assert_eq!(count().await, Some(1_203));
}
