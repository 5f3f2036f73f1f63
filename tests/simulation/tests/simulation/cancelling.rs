//! Ending jobs that nobody wants any more.

use std::time::Duration;

use cofferdam_queue::{JobId, State};
use cofferdam_simulation::script::{Act, Script};
use cofferdam_simulation::town::{Town, pass};
use cofferdam_simulation::{kinds, on_virtual_time};

use crate::checkpoints::looping;

async fn cancel(town: &Town, name: &str) {
    let id = JobId::trusted(name);
    town.ledger.cancelled(&id);
    town.store.cancel(vec![id]).await.expect("the model cancels");
}

#[test]
fn a_guest_that_spins_is_ended_within_fifty_milliseconds() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let _member = town.start();
        town.push("spins", Script::new(kinds::PLAIN, vec![Act::Spin { until: 1 }])).await;
        town.until("spins", State::Running).await;
        pass(Duration::from_secs(2)).await;
        cancel(&town, "spins").await;
        let took = town.until("spins", State::Cancelled).await;
        assert!(took <= Duration::from_millis(50), "{took:?}");
    });
}

#[test]
fn a_job_that_checkpoints_keeps_its_newest_state() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let _member = town.start();
        town.push("loop", looping(9_000)).await;
        town.until_checkpoint("loop", 1).await;
        pass(Duration::from_millis(1_500)).await;
        cancel(&town, "loop").await;
        let took = town.until("loop", State::Cancelled).await;
        assert!(took <= Duration::from_millis(5), "{took:?}");
        assert!(town.job("loop").await.checkpoint_count >= 1_500);
        town.finish().await;
        assert_eq!(town.violations.all(), [""; 0]);
    });
}
