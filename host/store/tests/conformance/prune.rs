//! Prune: what is kept long enough goes.

use cofferdam_queue::*;

use crate::ground::*;

const AGE_MS: u64 = 72 * 3_600_000;

pub async fn finished_jobs_go_when_they_are_old_enough(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c", "d"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let jobs = worker.claim(2).await;
    worker.applied(checkpoint(&jobs[0], 1, "half", 0)).await;
    worker.applied(completed(&jobs[0], 2)).await;
    worker.applied(end(&jobs[1], 1, Outcome::Failed, Next::Discarded("no".to_owned()))).await;
    ground.store.cancel(vec![JobId::trusted("c")]).await.unwrap();
    ground.clock.advance(AGE_MS);
    assert_eq!(ground.store.tend().await.unwrap().pruned, 0);
    ground.clock.advance(1);
    assert_eq!(ground.store.tend().await.unwrap().pruned, 3);
    let left = ground.store.jobs(JobFilter { limit: 9, ..JobFilter::default() }).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id.as_str(), "d");
}

pub async fn beyond_the_number_kept_the_first_to_finish_goes(ground: Ground) {
    ground.deploy(&["mail"]).await;
    let worker = ground.worker("w", &["mail"]).await;
    let names: Vec<String> = (0..COMPLETED_KEPT + 3).map(|i| format!("job-{i:03}")).collect();
    ground.push(&names.iter().map(String::as_str).collect::<Vec<_>>(), "mail").await;
    // The last pushed are the first to finish.
    for claimed in worker.claim(99).await.into_iter().rev() {
        ground.clock.advance(1);
        worker.applied(completed(&claimed, 1)).await;
    }
    ground.store.tend().await.unwrap();
    let left = ground.store.jobs(JobFilter { limit: 99, ..JobFilter::default() }).await.unwrap();
    assert_eq!(left.len() as u64, COMPLETED_KEPT);
    assert_eq!(left[0].id.as_str(), names[COMPLETED_KEPT as usize - 1]);
}

pub async fn dead_jobs_and_jobs_at_work_stay(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    worker.applied(end(&a, 1, Outcome::Trapped, Next::Dead("trap".to_owned()))).await;
    ground.clock.advance(10 * AGE_MS);
    assert_eq!(ground.store.tend().await.unwrap().pruned, 0);
    assert_eq!((ground.state("a").await, ground.state("b").await), (State::Dead, State::Available));
}

/// One after the other, `at_once` at the same moment each.
async fn die(ground: &Ground, count: u64, at_once: usize) {
    let names: Vec<String> = (0..count).map(|i| format!("job-{i:03}")).collect();
    ground.deploy(&["mail"]).await;
    ground.push(&names.iter().map(String::as_str).collect::<Vec<_>>(), "mail").await;
    let worker = ground.worker("w", &["mail"]).await;
    // The last pushed are the first to die.
    for some in worker.claim(99).await.chunks(at_once).rev() {
        ground.clock.advance(1);
        for job in some {
            worker.applied(end(job, 1, Outcome::Trapped, Next::Dead("trap".to_owned()))).await;
        }
    }
}

async fn dead(ground: &Ground) -> Vec<String> {
    let filter = JobFilter { states: vec![State::Dead], limit: 99, ..JobFilter::default() };
    let jobs = ground.store.jobs(filter).await.unwrap();
    let mut ids: Vec<String> = jobs.into_iter().map(|job| job.id.to_string()).collect();
    ids.sort();
    ids
}

pub async fn too_many_dead_jobs_stay_and_are_told(ground: Ground) {
    die(&ground, DEAD_KEPT, 1).await;
    assert!(!ground.store.tend().await.unwrap().dead_overflow);
    ground.push(&["more"], "mail").await;
    let worker = ground.worker("other", &["mail"]).await;
    let more = worker.claim_one().await;
    worker.applied(end(&more, 1, Outcome::Trapped, Next::Dead("trap".to_owned()))).await;
    ground.clock.advance(10 * AGE_MS);
    let tended = ground.store.tend().await.unwrap();
    assert!(tended.dead_overflow && tended.pruned == 0, "{tended:?}");
    assert_eq!(dead(&ground).await.len() as u64, DEAD_KEPT + 1);
    ground.store.delete(vec![JobId::trusted("more")]).await.unwrap();
    assert!(!ground.store.tend().await.unwrap().dead_overflow);
}

pub async fn where_the_operator_said_so_the_first_to_die_go(ground: Ground) {
    die(&ground, DEAD_KEPT + 8, 3).await;
    let store = ground.dropping_dead();
    let tended = store.tend().await.unwrap();
    assert!(!tended.dead_overflow && tended.pruned == 8, "{tended:?}");
    // 20 jobs, of which the last two died first, then three at a time; of those that died at the
    // same moment the first pushed goes first.
    let left: Vec<String> = (0..12).map(|i| format!("job-{i:03}")).collect();
    assert_eq!(dead(&ground).await, left);
    assert_eq!(store.tend().await.unwrap().pruned, 0);
}

pub async fn of_those_that_died_at_the_same_moment_the_first_pushed_go(ground: Ground) {
    die(&ground, DEAD_KEPT + 8, 99).await;
    ground.dropping_dead().tend().await.unwrap();
    let left: Vec<String> = (8..20).map(|i| format!("job-{i:03}")).collect();
    assert_eq!(dead(&ground).await, left);
}
