//! The orderly end of a worker, with guests and stores of every kind.

use std::time::Duration;

use cofferdam_queue::State;
use cofferdam_simulation::script::{Act, Script};
use cofferdam_simulation::town::{Town, pass};
use cofferdam_simulation::{kinds, on_virtual_time};
use tokio::time::Instant;

use crate::checkpoints::looping;

const SPIN: Act = Act::Spin { until: 1 };

#[test]
fn jobs_that_checkpoint_end_inside_the_next_one_and_lose_nothing() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let mut first = town.start();
        for job in ["a", "b", "c"] {
            town.push(job, looping(3_000)).await;
            town.until_checkpoint(job, 1).await;
        }
        pass(Duration::from_millis(1_234)).await;
        let began = Instant::now();
        first.handle.stop();
        let summary = first.ended().await;
        assert!(began.elapsed() < Duration::from_millis(10), "{:?}", began.elapsed());
        assert!(summary.signed_off);
        assert_eq!(summary.interrupted.len(), 3);
        assert!(summary.interrupted.iter().all(|job| job.lost_ms == 0 && job.given_back), "{summary:?}");
        for job in ["a", "b", "c"] {
            let job = town.job(job).await;
            assert_eq!((job.summary.state, job.counters.interruptions), (State::Available, 1));
            assert!(job.checkpoint_count >= 1_234, "{}", job.checkpoint_count);
        }
        let _second = town.start();
        town.finish().await;
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn what_still_runs_at_the_timeout_is_ended_and_its_lost_work_is_told() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let mut first = town.start();
        town.push("spins", Script::new(kinds::PLAIN, vec![Act::Checkpoint, SPIN])).await;
        town.until_checkpoint("spins", 1).await;
        pass(Duration::from_millis(500)).await;
        town.config.drain_timeout = Duration::from_secs(25);
        let began = Instant::now();
        first.handle.stop();
        // The scripts' own deadline comes before the drain's, unless the drain is shortened.
        pass(Duration::from_secs(10)).await;
        first.handle.stop_now();
        let summary = first.ended().await;
        assert!(began.elapsed() < Duration::from_millis(10_100), "{:?}", began.elapsed());
        let lost = &summary.interrupted[0];
        assert!((10_490..10_600).contains(&lost.lost_ms), "{lost:?}");
        assert!(lost.given_back && !lost.from_its_start);
        assert_eq!(town.job("spins").await.summary.state, State::Available);
    });
}

#[test]
fn the_worker_is_gone_within_two_seconds_of_the_timeout_whatever_guests_do() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.config.drain_timeout = Duration::from_secs(4);
        let mut first = town.start();
        let hangs = Act::Hang { ms: 60_000, until: 1 };
        town.push("hangs", Script::new(kinds::PLAIN, vec![Act::Checkpoint, hangs])).await;
        town.until_checkpoint("hangs", 1).await;
        let began = Instant::now();
        first.handle.stop();
        let summary = first.ended().await;
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
        assert!(summary.interrupted[0].given_back, "{summary:?}");
        assert_eq!(town.job("hangs").await.summary.state, State::Available);
        let _second = town.start();
        town.finish().await;
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn the_worker_is_gone_within_two_seconds_of_the_timeout_whatever_the_store_does() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.config.drain_timeout = Duration::from_secs(4);
        let mut first = town.start();
        town.push("loop", looping(6_000)).await;
        town.until_checkpoint("loop", 1).await;
        town.weather.fall_silent(true);
        let began = Instant::now();
        first.handle.stop();
        let summary = first.ended().await;
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
        assert!(!summary.signed_off);
        assert!(!summary.interrupted[0].given_back, "{summary:?}");
        town.weather.fall_silent(false);
        let _second = town.start();
        town.finish().await;
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn what_ends_while_it_is_being_given_up_keeps_its_newest_state() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.config.drain_timeout = Duration::from_secs(1);
        // Between a guest's end and the word of it, its memory takes its time to be free.
        town.moods.lingering_percent = 100;
        let mut first = town.start();
        let acts = vec![Act::Work { us: 900_000 }, Act::Checkpoint, Act::Need { mib: 500 }];
        town.push("slow", Script::new(kinds::FINISH, acts)).await;
        town.until("slow", State::Running).await;
        first.handle.stop();
        pass(Duration::from_millis(10)).await;
        // When the machine goes on, the guest passes its checkpoint and ends, and the time in which
        // guests may end is over, too.
        first.process.pause();
        pass(Duration::from_secs(2)).await;
        first.process.resume();
        first.ended().await;
        assert_eq!(town.job("slow").await.checkpoint_count, 1);
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn a_job_whose_manifest_says_so_finishes_during_a_drain() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let mut first = town.start();
        let acts = looping(3_000).acts;
        town.push("finishes", Script::new(kinds::FINISH, acts)).await;
        town.until_checkpoint("finishes", 1).await;
        first.handle.stop();
        let summary = first.ended().await;
        assert_eq!(summary.interrupted, []);
        assert_eq!(town.job("finishes").await.summary.state, State::Completed);
    });
}

#[test]
fn a_draining_worker_takes_nothing_and_a_quiet_one_finishes_what_it_has() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let first = town.start();
        town.push("running", looping(2_000)).await;
        town.until_checkpoint("running", 1).await;
        first.handle.quiet();
        // What is pushed before it has said so may still be handed to it. It says so at once.
        pass(Duration::from_millis(100)).await;
        assert!(town.store.workers().await.expect("the model answers")[0].quiet);
        town.push("later", looping(1)).await;
        town.until("running", State::Completed).await;
        assert_eq!(town.job("later").await.summary.attempt, 0);
        let snapshot = first.handle.snapshot().await.expect("the worker lives");
        assert!(snapshot.quiet && snapshot.attempts.is_empty());
        first.handle.unquiet();
        town.until("later", State::Completed).await;
    });
}
