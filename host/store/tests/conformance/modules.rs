//! Modules: pointers, history, and what jobs still need.

use std::sync::Arc;

use cofferdam_queue::*;

use crate::ground::*;

async fn pointed(ground: &Ground) -> Vec<(u8, bool)> {
    let pointers = ground.store.pointers().await.unwrap().pointers;
    pointers.iter().map(|pointer| (pointer.module.0[31], pointer.current)).collect()
}

pub async fn a_module_comes_back_as_it_was_deployed(ground: Ground) {
    let deploy = module("mail", 1, 1);
    let deployed = ground.store.deploy(deploy.clone()).await.unwrap();
    assert_eq!(deployed, Deployed { previous: None, unchanged: false });
    assert_eq!(ground.store.fetch(deploy.module).await.unwrap(), Some(deploy.wasm.clone()));
    assert_eq!(ground.store.fetch(hash("mail", 9)).await.unwrap(), None);
    let pointers = ground.store.pointers().await.unwrap().pointers;
    assert_eq!(pointers.len(), 1);
    assert_eq!((&pointers[0].manifest, pointers[0].deployed_at), (&deploy.manifest, START));
    let view = ground.store.modules().await.unwrap().remove(0);
    assert_eq!((view.bytes, view.current, view.module), (deploy.wasm.len() as u64, true, deploy.module));
}

pub async fn the_same_deploy_again_changes_nothing(ground: Ground) {
    let worker = ground.worker("w", &[]).await;
    ground.store.deploy(module("mail", 1, 1)).await.unwrap();
    let before = worker.beat().await.deploys;
    let again = ground.store.deploy(module("mail", 1, 1)).await.unwrap();
    assert_eq!(again, Deployed { previous: Some(hash("mail", 1)), unchanged: true });
    assert_eq!(worker.beat().await.deploys, before);
    // The same bytes with other choices are a change.
    let mut chosen = module("mail", 1, 1);
    chosen.manifest.retries = 3;
    assert!(!ground.store.deploy(chosen).await.unwrap().unchanged);
    assert!(worker.beat().await.deploys > before);
    assert_eq!(ground.store.pointers().await.unwrap().pointers[0].manifest.retries, 3);
    // And as another kind.
    let mut other = module("mail", 1, 1);
    other.manifest.kind = "letter".parse().unwrap();
    assert_eq!(ground.store.deploy(other).await.unwrap().previous, None);
}

pub async fn a_deploy_moves_the_pointer_and_a_rollback_moves_it_back(ground: Ground) {
    let mail = Kind::trusted("mail");
    for number in 1..=3 {
        let deployed = ground.store.deploy(module("mail", number, 1)).await.unwrap();
        assert_eq!(deployed.previous, (number > 1).then(|| hash("mail", number - 1)));
    }
    assert_eq!(pointed(&ground).await, [(3, true)]);
    let back = |to| ground.store.rollback(mail.clone(), to);
    assert_eq!(back(None).await.unwrap(), Some(hash("mail", 2)));
    assert_eq!(back(None).await.unwrap(), Some(hash("mail", 1)));
    assert_eq!(back(None).await.unwrap(), None);
    assert_eq!(pointed(&ground).await, [(1, true)]);
    assert_eq!(back(Some(hash("mail", 3))).await.unwrap(), Some(hash("mail", 3)));
    assert_eq!(back(Some(hash("mail", 9))).await.unwrap(), None);
    assert_eq!(pointed(&ground).await, [(3, true)]);
    assert_eq!(ground.store.rollback(Kind::trusted("nobody"), None).await.unwrap(), None);
}

pub async fn a_job_goes_on_with_the_newest_module_that_reads_its_checkpoint(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let mut worker = ground.worker("w", &["mail"]).await;
    for claimed in worker.claim(2).await {
        worker.applied(checkpoint(&claimed, 1, "v1", 0)).await;
        worker.applied(end(&claimed, 2, Outcome::Failed, Next::Available(Place::Front))).await;
    }
    // Reads the same checkpoints: everybody takes it.
    ground.store.deploy(module("mail", 2, 1)).await.unwrap();
    worker.programs = Arc::new(vec![
        Program { current: false, ..program("mail", 1, &[MIB]) },
        program("mail", 2, &[2 * MIB]),
    ]);
    let a = worker.claim_one().await;
    assert_eq!((a.id.as_str(), a.module), ("a", hash("mail", 2)));
    worker.applied(end(&a, 1, Outcome::Failed, Next::Available(Place::Front))).await;
    // Does not: those who have one go on with the module that wrote it.
    ground.store.deploy(module("mail", 3, 2)).await.unwrap();
    assert_eq!(pointed(&ground).await, [(3, true), (1, false)]);
    ground.push(&["c"], "mail").await;
    let newest = Program { checkpoint_version: 2, ..program("mail", 3, &[MIB]) };
    worker.programs = Arc::new(vec![newest.clone()]);
    assert_eq!(ids(&worker.claim(9).await), ["c"], "without the older module its jobs wait");
    let older = Program { current: false, ..program("mail", 1, &[MIB]) };
    worker.programs = Arc::new(vec![newest, older]);
    let claimed = worker.claim(9).await;
    assert_eq!(ids(&claimed), ["a", "b"]);
    assert!(claimed.iter().all(|one| one.module == hash("mail", 1)));
}

pub async fn a_module_on_which_a_job_runs_is_pointed_to_before_it_has_written_a_checkpoint(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a"], "mail").await;
    let mut worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    ground.store.deploy(module("mail", 2, 2)).await.unwrap();
    // A worker that reads the pointers only now hears of no other change until the next deploy.
    assert_eq!(pointed(&ground).await, [(2, true), (1, false)]);
    worker.applied(checkpoint(&a, 1, "v1", 0)).await;
    worker.applied(end(&a, 2, Outcome::Failed, Next::Available(Place::Front))).await;
    assert_eq!(pointed(&ground).await, [(2, true), (1, false)]);
    let newest = Program { checkpoint_version: 2, ..program("mail", 2, &[MIB]) };
    worker.programs = Arc::new(vec![newest, Program { current: false, ..program("mail", 1, &[MIB]) }]);
    let a = worker.claim_one().await;
    worker.applied(completed(&a, 1)).await;
    assert_eq!(pointed(&ground).await, [(2, true)]);
}

pub async fn a_worker_that_has_not_heard_of_a_deploy_gets_nothing_new(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b", "c"], "mail").await;
    let mut worker = ground.worker("w", &["mail"]).await;
    let before = ground.store.pointers().await.unwrap().deploys;
    let stale = |worker: &Worker, held| Claim { deploys: before, held, ..worker.asks(1) };
    assert_eq!(ids(&worker.exchange(Vec::new(), Some(stale(&worker, None))).await.claimed), ["a"]);
    ground.store.deploy(module("mail", 2, 1)).await.unwrap();
    let got = worker.exchange(Vec::new(), Some(stale(&worker, None))).await;
    assert!(got.claimed.is_empty() && !got.expired, "{got:?}");
    // What is under its lease already is another matter.
    let got = worker.exchange(Vec::new(), Some(stale(&worker, Some(Vec::new())))).await;
    assert_eq!(ids(&got.claimed), ["a"]);
    worker.programs = Arc::new(vec![program("mail", 2, &[MIB])]);
    assert_eq!(worker.claim_one().await.module, hash("mail", 2));
    // A rollback is a deploy, too.
    let before = ground.store.pointers().await.unwrap().deploys;
    ground.store.rollback(Kind::trusted("mail"), None).await.unwrap();
    let got = worker.exchange(Vec::new(), Some(Claim { deploys: before, ..worker.asks(1) })).await;
    assert!(got.claimed.is_empty(), "{got:?}");
}

pub async fn pruning_leaves_what_a_pointer_or_a_job_needs(ground: Ground) {
    ground.deploy(&["mail"]).await;
    ground.push(&["a", "b"], "mail").await;
    let mut worker = ground.worker("w", &["mail"]).await;
    let a = worker.claim_one().await;
    worker.applied(checkpoint(&a, 1, "v1", 0)).await;
    worker.applied(end(&a, 2, Outcome::Failed, Next::Retryable(1_000))).await;
    ground.store.deploy(module("mail", 2, 2)).await.unwrap();
    worker.programs = Arc::new(vec![program("mail", 2, &[MIB])]);
    let b = worker.claim_one().await;
    for number in [3, 4, 5] {
        ground.store.deploy(module("mail", number, 2)).await.unwrap();
    }
    // 5 is pointed to, 4 is the newest but one, 2 runs, 1 wrote a checkpoint.
    let pruned = ground.store.prune_modules(2).await.unwrap();
    assert_eq!((&pruned.modules[..], pruned.bytes), (&[hash("mail", 3)][..], 600_003));
    assert_eq!(ground.store.fetch(hash("mail", 3)).await.unwrap(), None);
    worker.applied(completed(&b, 1)).await;
    ground.store.cancel(vec![a.id.clone()]).await.unwrap();
    let pruned = ground.store.prune_modules(0).await.unwrap().modules;
    assert_eq!(pruned, [hash("mail", 2), hash("mail", 4)], "a cancelled job may be retried");
    ground.store.delete(vec![a.id]).await.unwrap();
    assert_eq!(ground.store.prune_modules(0).await.unwrap().modules, [hash("mail", 1)]);
    assert_eq!(ground.store.prune_modules(0).await.unwrap(), Pruned::default());
    assert_eq!(pointed(&ground).await, [(5, true)]);
}
