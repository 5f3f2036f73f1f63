//! When the newest state becomes durable.

use std::time::Duration;

use cofferdam_queue::State;
use cofferdam_simulation::ledger::Applied;
use cofferdam_simulation::script::{Act, Script};
use cofferdam_simulation::town::{Town, pass};
use cofferdam_simulation::{kinds, on_virtual_time};
use tokio::time::Instant;

/// So many checkpoints, one each millisecond.
pub fn looping(checkpoints: usize) -> Script {
    let turn = [Act::Work { us: 1_000 }, Act::Checkpoint];
    Script::new(kinds::PLAIN, turn.iter().cycle().take(2 * checkpoints).cloned().collect())
}

fn between(earlier: &Applied, later: &Applied) -> Duration {
    later.at - earlier.at
}

#[test]
fn a_loop_of_checkpoints_costs_one_store_transaction_a_second() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let member = town.start();
        town.push("loop", looping(5_500)).await;
        town.until("loop", State::Completed).await;
        let commits = town.ledger.applied();
        assert_eq!(commits.len(), 7, "the first, one for each second, and the end");
        for pair in commits[..6].windows(2) {
            assert!(between(&pair[0], &pair[1]) >= Duration::from_secs(1));
        }
        assert_eq!(town.job("loop").await.checkpoint_count, 5_500);
        drop(member);
    });
}

#[test]
fn the_first_checkpoint_of_an_attempt_is_durable_at_once() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let _member = town.start();
        let acts = vec![Act::Work { us: 500_000 }, Act::Checkpoint, Act::Work { us: 700_000 }];
        town.push("first", Script::new(kinds::PLAIN, acts)).await;
        town.until_checkpoint("first", 1).await;
        let handed_over_at = town.ledger.applied()[0].at;
        let took = town.until("first", State::Completed).await;
        assert!(took >= Duration::from_millis(690), "durable {took:?} before the end");
        assert!(handed_over_at.elapsed() >= Duration::from_millis(690));
    });
}

#[test]
fn a_checkpoint_with_children_is_durable_within_a_tenth_of_a_second() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let _member = town.start();
        let child = Act::Child(Box::new(Script::new(kinds::PLAIN, vec![Act::Log])));
        let quiet = Act::Work { us: 100_000 };
        let acts = vec![Act::Checkpoint, quiet.clone(), child, Act::Checkpoint, quiet.clone(), quiet];
        town.push("parent", Script::new(kinds::PLAIN, acts)).await;
        town.until("parent", State::Completed).await;
        town.until("parent.0", State::Completed).await;
        let commits = town.ledger.applied();
        let with_child = commits.iter().find(|commit| !commit.commit.effects.children.is_empty());
        let after = between(&commits[0], with_child.expect("a commit with the child"));
        // 100 ms of work, then a tenth of a second.
        assert!(after >= Duration::from_millis(199) && after <= Duration::from_millis(202), "{after:?}");
    });
}

#[test]
fn a_guest_that_waits_for_its_checkpoint_goes_on_at_once() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let _member = town.start();
        let acts = vec![Act::CheckpointNow; 50];
        town.push("now", Script::new(kinds::PLAIN, acts)).await;
        let took = town.until("now", State::Completed).await;
        assert!(took <= Duration::from_millis(10), "{took:?}");
        assert!(town.ledger.applied().len() > 50);
    });
}

#[test]
fn a_killed_worker_costs_at_most_a_second_of_work() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let first = town.start();
        town.push("loop", looping(8_000)).await;
        town.until_checkpoint("loop", 1).await;
        pass(Duration::from_millis(3_700)).await;
        first.process.kill();
        let durable = town.job("loop").await.checkpoint_count;
        assert!(durable >= 2_690, "{durable} of 3,700 checkpoints are durable");
        town.prove_dead(&first.signed_on.ids()[0]);
        let began = Instant::now();
        let _second = town.start();
        town.until("loop", State::Completed).await;
        assert!(began.elapsed() < Duration::from_millis(5_800), "it began again from the start");
        assert_eq!(town.violations.all(), [""; 0]);
    });
}
