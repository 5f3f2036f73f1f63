//! Who goes on with the jobs of a worker that is gone, and how soon, when there is no proof
//! of its death: nothing but a lease that runs out.

use std::time::Duration;

use cofferdam_queue::State;
use cofferdam_simulation::kinds;
use cofferdam_simulation::member::Member;
use cofferdam_simulation::on_virtual_time;
use cofferdam_simulation::script::{Act, Script};
use cofferdam_simulation::town::{Town, pass};
use tokio::time::Instant;

use crate::checkpoints::looping;

/// From the end of a worker to its job running under another, which was there before.
async fn takeover(lease: Duration, at_ms: u64, gone: impl FnOnce(&Member)) -> Duration {
    let mut town = Town::calm().await;
    town.config.lease = lease;
    town.clocks_apart_ms = 600_000;
    // Steady: a beat that is long on its way would leave the lease as short as it was.
    town.weather.slow_down(1_000);
    let first = town.start();
    let step = vec![Act::Work { us: 300_000 }, Act::Checkpoint];
    town.push("loop", Script::new(kinds::PLAIN, vec![step; 1_000].concat())).await;
    town.until_checkpoint("loop", 1).await;
    let _second = town.start();
    let _third = town.start();
    pass(Duration::from_millis(at_ms)).await;
    gone(&first);
    let began = Instant::now();
    while town.job("loop").await.summary.attempt < 2 {
        assert!(began.elapsed() < Duration::from_secs(100), "nobody takes over");
        pass(Duration::from_millis(1)).await;
    }
    assert_eq!(town.violations.all(), [""; 0]);
    began.elapsed()
}

#[test]
fn without_proof_of_death_any_other_worker_takes_over_within_the_lease_and_a_second() {
    for lease_ms in [2_000, 5_000, 15_000] {
        let lease = Duration::from_millis(lease_ms);
        // At every phase between two heartbeats and two rounds of tending.
        for phase in 0..25 {
            let at_ms = 1_000 + phase * lease_ms / 25;
            let took = on_virtual_time(takeover(lease, at_ms, |worker| worker.process.kill()));
            assert!(
                took < lease + Duration::from_secs(1),
                "{took:?} with a lease of {lease:?}, at {at_ms} ms"
            );
            assert!(took > lease / 2, "{took:?} with a lease of {lease:?}: it was still valid");
        }
    }
}

#[test]
fn a_worker_that_is_stopped_or_cut_off_is_replaced_as_soon_as_one_that_was_killed() {
    let lease = Duration::from_secs(15);
    for phase in 0..10 {
        let stopped = on_virtual_time(takeover(lease, 1_000 + phase * 490, |worker| worker.process.pause()));
        let cut_off =
            on_virtual_time(takeover(lease, 1_000 + phase * 490, |worker| worker.line.fall_silent(true)));
        for took in [stopped, cut_off] {
            assert!(took < lease + Duration::from_secs(1), "{took:?}");
        }
    }
}

#[test]
fn a_worker_that_comes_back_from_a_pause_writes_nothing_and_goes_on_with_new_work() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let first = town.start();
        for job in ["a", "b"] {
            town.push(job, looping(20_000)).await;
            town.until_checkpoint(job, 1).await;
        }
        first.process.pause();
        let second = town.start();
        for job in ["a", "b"] {
            while town.job(job).await.summary.attempt < 2 {
                pass(Duration::from_millis(1)).await;
            }
        }
        let first_id = first.signed_on.ids()[0].clone();
        let resumed_at = Instant::now();
        first.process.resume();
        pass(Duration::from_millis(5)).await;
        assert_eq!(first.gauge.running().0, 0, "its guests have ended");
        // New work goes to whoever has room, and the second has none.
        second.handle.quiet();
        town.push("new", Script::new(kinds::PLAIN, vec![Act::Work { us: 1_000 }])).await;
        let took = town.until("new", State::Completed).await;
        assert!(took < Duration::from_millis(300), "{took:?}");
        second.handle.unquiet();
        town.finish().await;
        let ids = first.signed_on.ids();
        assert_eq!((ids.len(), &ids[0]), (2, &first_id), "under another id");
        let of_the_old = town.ledger.applied();
        let of_the_old =
            of_the_old.iter().filter(|one| one.at >= resumed_at && one.commit.token.attempt == 1);
        assert!(of_the_old.filter(|one| ["a", "b"].contains(&one.commit.id.as_str())).count() == 0);
        assert_eq!(town.violations.all(), [""; 0]);
    });
}
