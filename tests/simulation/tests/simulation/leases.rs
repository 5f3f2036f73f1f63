//! The right to commit, and what happens when it is lost, or when nobody can tell.

use std::time::Duration;

use cofferdam_queue::State;
use cofferdam_simulation::script::{Act, Script};
use cofferdam_simulation::town::{Town, pass};
use cofferdam_simulation::{kinds, on_virtual_time};

use crate::checkpoints::looping;

#[test]
fn a_worker_that_slept_through_its_lease_writes_nothing_and_signs_on_anew() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let first = town.start();
        town.push("loop", looping(20_000)).await;
        town.until_checkpoint("loop", 1).await;
        pass(Duration::from_millis(2_500)).await;
        first.process.pause();
        let second = town.start();
        // The lease, a round of tending, and the start.
        pass(Duration::from_secs(25)).await;
        assert_eq!(town.job("loop").await.summary.attempt, 2, "another worker has taken over");
        let commits_before = town.ledger.applied().len();
        first.process.resume();
        // With the pause that keeps a worker from asking without end.
        pass(Duration::from_millis(200)).await;
        assert_eq!(first.signed_on.ids().len(), 2, "under another id");
        assert_eq!(first.gauge.running().0, 0, "its guest is gone");
        town.finish().await;
        assert!(town.ledger.applied().len() > commits_before);
        assert_eq!(town.violations.all(), [""; 0]);
        drop(second);
    });
}

#[test]
fn a_worker_cut_off_from_its_store_gives_up_when_its_lease_has_run_out_by_its_own_clock() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let first = town.start();
        town.push("loop", looping(20_000)).await;
        town.until_checkpoint("loop", 1).await;
        town.weather.fall_silent(true);
        pass(Duration::from_secs(9)).await;
        assert_eq!(first.gauge.running().0, 1, "the lease is still valid");
        pass(Duration::from_secs(7)).await;
        assert_eq!(first.gauge.running().0, 0, "nothing runs without a lease");
        town.weather.fall_silent(false);
        pass(Duration::from_secs(1)).await;
    });
}

#[test]
fn jobs_given_out_in_an_answer_that_was_lost_are_run_all_the_same() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.weather.lose_claims(3);
        let first = town.start();
        for job in ["a", "b", "c"] {
            town.push(job, looping(3)).await;
        }
        for job in ["a", "b", "c"] {
            let took = town.until(job, State::Completed).await;
            assert!(took < Duration::from_secs(1), "{took:?}");
            assert_eq!(town.job(job).await.summary.attempt, 1);
        }
        assert_eq!(first.signed_on.ids().len(), 1);
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn a_job_that_ended_and_was_given_out_again_in_one_lost_answer_is_not_forgotten() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.config.concurrency = 1;
        let first = town.start();
        // Its first attempt goes over its memory, and another job waits for its slot: the
        // exchange with that verdict claims, and the job stands first again.
        let acts = vec![Act::Work { us: 300_000 }, Act::Need { mib: 40 }];
        town.push("climbs", Script::new(kinds::LADDER, acts)).await;
        town.push("waits", looping(1)).await;
        town.until("climbs", State::Running).await;
        town.weather.lose_claims(1);
        let took = town.until("climbs", State::Completed).await;
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert_eq!(first.signed_on.ids().len(), 1);
    });
}

#[test]
fn a_commit_whose_answer_was_lost_is_repeated_and_applied_once() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.weather.set(60, 2_000);
        let _first = town.start();
        for job in 0..20 {
            let part = Act::Append { part: 0 };
            let acts = vec![part.clone(), Act::CheckpointNow, part, Act::CheckpointNow];
            town.push(&format!("j{job}"), Script::new(kinds::PLAIN, acts)).await;
        }
        town.finish().await;
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn a_claim_that_was_given_up_and_arrives_behind_later_ones_takes_no_job_out_of_sight() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let first = town.start();
        town.push("before", looping(1)).await;
        town.until("before", State::Completed).await;
        town.weather.delay_a_claim(300);
        town.push("now", looping(1)).await;
        town.until("now", State::Completed).await;
        // Meanwhile the worker is sure that there is nothing more; and nobody wakes it.
        town.weather.lose_wakes(100);
        town.push("taken", looping(1)).await;
        town.until("taken", State::Running).await;
        let took = town.until("taken", State::Completed).await;
        assert!(took < town.config.lease / 3 + Duration::from_millis(100), "{took:?}");
        assert_eq!(town.job("taken").await.summary.attempt, 1);
        assert_eq!(first.signed_on.ids().len(), 1);
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn a_call_that_is_never_answered_is_given_up_while_the_heartbeat_keeps_the_lease() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let first = town.start();
        town.push("loop", looping(9_000)).await;
        town.until_checkpoint("loop", 1).await;
        // Between two heartbeats: whatever goes out meanwhile is lost without a word.
        pass(Duration::from_millis(300)).await;
        first.line.fall_silent(true);
        pass(Duration::from_millis(1_500)).await;
        first.line.fall_silent(false);
        let commits = town.ledger.exchanges();
        pass(Duration::from_millis(8_500)).await;
        assert!(town.ledger.exchanges() > commits, "nothing is written any more");
        town.until("loop", State::Completed).await;
        assert_eq!(town.job("loop").await.summary.attempt, 1);
        assert_eq!(first.signed_on.ids().len(), 1, "its lease was never in danger");
        assert_eq!(town.violations.all(), [""; 0]);
    });
}
