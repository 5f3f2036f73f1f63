//! Modules that come, change, and cannot be run.

use std::time::Duration;

use cofferdam_queue::{Policy, State};
use cofferdam_simulation::script::{Act, Script};
use cofferdam_simulation::town::{Town, pass};
use cofferdam_simulation::{kinds, on_virtual_time};

use crate::checkpoints::looping;

#[test]
fn a_job_whose_module_is_refused_ends_dead_with_what_to_change() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let _member = town.start();
        town.push("no", Script::new(kinds::REFUSED, vec![Act::Log])).await;
        town.until("no", State::Dead).await;
        let reason = town.job("no").await.summary.reason;
        assert_eq!(reason.as_deref(), Some("imports `env.fork`, which no host has"));
        assert_eq!(town.job("no").await.counters.failures, 0);
    });
}

#[test]
fn a_manifest_over_the_policy_ends_its_jobs_with_both_figures() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.config.policy = Policy { memory_bytes_max: 64 << 20, ..Policy::default() };
        let _member = town.start();
        town.push("big", Script::new(kinds::BIG, vec![Act::Log])).await;
        town.push("plain", Script::new(kinds::PLAIN, vec![Act::Log])).await;
        town.until("big", State::Dead).await;
        town.until("plain", State::Completed).await;
        let reason = town.job("big").await.summary.reason.unwrap_or_default();
        assert!(reason.contains("600MiB") && reason.contains("64MiB"), "{reason}");
    });
}

#[test]
fn after_a_deploy_running_attempts_finish_on_their_module_and_the_next_ones_take_the_new() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let member = town.start();
        town.push("old", looping(3_000)).await;
        town.until_checkpoint("old", 1).await;
        let new = kinds::deploy(kinds::PLAIN, 2).module;
        town.store.deploy(kinds::deploy(kinds::PLAIN, 2)).await.expect("the model deploys");
        pass(Duration::from_secs(1)).await;
        let retried =
            vec![Act::Checkpoint, Act::Fail { class: Default::default(), until: 1 }, Act::Checkpoint];
        town.push("new", Script::new(kinds::PLAIN, retried)).await;
        town.until_checkpoint("new", 1).await;
        assert_eq!(town.job("new").await.checkpoint_module, Some(new));
        assert_eq!(town.job("old").await.summary.attempt, 1);
        town.until("old", State::Completed).await;
        assert_ne!(town.job("old").await.checkpoint_module, Some(new));
        town.finish().await;
        assert_eq!(member.signed_on.ids().len(), 1, "the worker was not restarted");
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn a_module_that_could_not_be_loaded_by_our_fault_is_tried_again() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.moods.load_faults_percent = 70;
        let _member = town.start();
        town.push("patient", looping(1)).await;
        town.until("patient", State::Completed).await;
        assert_eq!(town.job("patient").await.summary.attempt, 1);
    });
}

#[test]
fn a_job_whose_grant_is_missing_here_is_left_to_a_machine_that_has_it() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.moods.lacks = Some(kinds::PLAIN);
        let without = town.start();
        town.push("plain", looping(1)).await;
        town.push("other", Script::new(kinds::FINISH, vec![Act::Log])).await;
        town.until("other", State::Completed).await;
        pass(Duration::from_secs(60)).await;
        assert_eq!(town.job("plain").await.summary.state, State::Available, "neither run nor failed");
        town.moods.lacks = None;
        let with = town.start();
        town.until("plain", State::Completed).await;
        assert_eq!(town.job("plain").await.summary.attempt, 1);
        assert_eq!(town.violations.all(), [""; 0]);
        drop((without, with));
    });
}
