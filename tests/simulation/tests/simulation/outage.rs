//! A store that is gone for everybody: refusing, or silent; for less than a lease, and for
//! longer.

use std::time::Duration;

use cofferdam_queue::State;
use cofferdam_simulation::on_virtual_time;
use cofferdam_simulation::town::{Town, pass};
use tokio::time::Instant;

use crate::checkpoints::looping;

const JOBS: [&str; 3] = ["a", "b", "c"];

async fn town_at_work(acts: usize) -> Town {
    let town = Town::calm().await;
    for job in JOBS {
        town.push(job, looping(acts)).await;
    }
    town
}

fn gone(town: &Town, silent: bool, is_gone: bool) {
    if silent { town.weather.fall_silent(is_gone) } else { town.weather.refuse(is_gone) }
}

#[test]
fn a_store_that_comes_back_before_the_lease_has_run_out_costs_no_work() {
    for silent in [false, true] {
        on_virtual_time(async {
            let mut town = town_at_work(18_000).await;
            let worker = town.start();
            for job in JOBS {
                town.until_checkpoint(job, 1).await;
            }
            gone(&town, silent, true);
            for _ in 0..90 {
                pass(Duration::from_millis(100)).await;
                assert_eq!(worker.gauge.running().0, 3, "they go on without their store");
            }
            gone(&town, silent, false);
            for job in JOBS {
                town.until(job, State::Completed).await;
                assert_eq!(town.job(job).await.summary.attempt, 1);
            }
            assert_eq!(worker.signed_on.ids().len(), 1);
            town.finish().await;
            assert_eq!(town.violations.all(), [""; 0]);
        });
    }
}

#[test]
fn a_store_that_is_gone_for_longer_interrupts_the_work_and_on_its_return_all_goes_on() {
    for silent in [false, true] {
        on_virtual_time(async {
            let mut town = town_at_work(25_000).await;
            let members = [town.start(), town.start()];
            for job in JOBS {
                town.until_checkpoint(job, 1).await;
            }
            let running = || members.iter().map(|member| member.gauge.running().0).sum::<u32>();
            gone(&town, silent, true);
            pass(Duration::from_secs(16)).await;
            assert_eq!(running(), 0, "nothing runs without a lease");
            pass(Duration::from_secs(60)).await;
            gone(&town, silent, false);
            let back_at = Instant::now();
            // What was asked in vain last is given up first, when nobody refused it.
            let longest = Duration::from_secs(if silent { 14 } else { 6 });
            while running() < 3 {
                assert!(back_at.elapsed() < longest, "silent: {silent}; the jobs are not taken up again");
                pass(Duration::from_millis(1)).await;
            }
            println!("silent: {silent}; taken up again after {:?}", back_at.elapsed());
            for job in JOBS {
                town.until(job, State::Completed).await;
                let counters = town.job(job).await.counters;
                assert_eq!(
                    counters.crashes, 0,
                    "silent: {silent}; nobody crashed, and `{job}` was counted as if"
                );
            }
            town.finish().await;
            assert_eq!(town.violations.all(), [""; 0]);
        });
    }
}

#[test]
fn a_worker_that_is_told_to_end_right_after_an_outage_leaves_no_crash_behind() {
    on_virtual_time(async {
        let mut town = town_at_work(25_000).await;
        let worker = town.start();
        for job in JOBS {
            town.until_checkpoint(job, 1).await;
        }
        town.weather.refuse(true);
        pass(Duration::from_secs(20)).await;
        assert_eq!(worker.gauge.running().0, 0, "nothing runs without a lease");
        worker.handle.stop();
        town.weather.refuse(false);
        pass(Duration::from_secs(2)).await;
        for job in JOBS {
            let job = town.job(job).await;
            assert_eq!((job.summary.state, job.counters.crashes), (State::Available, 0));
        }
        assert_eq!(town.violations.all(), [""; 0]);
    });
}

#[test]
fn without_a_single_wake_up_jobs_are_found_within_two_thirds_of_a_lease() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        town.weather.lose_wakes(100);
        let _worker = town.start();
        pass(Duration::from_secs(7)).await;
        for job in JOBS {
            town.push(job, looping(1)).await;
            let took = town.until(job, State::Completed).await;
            assert!(took < town.config.lease * 2 / 3 + Duration::from_millis(50), "{took:?}");
        }
        assert_eq!(town.violations.all(), [""; 0]);
    });
}
