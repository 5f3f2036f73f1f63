//! Wall clocks that differ by minutes, and jump: nothing in the worker depends on them.

use std::time::Duration;

use cofferdam_queue::{Clock, State};
use cofferdam_simulation::on_virtual_time;
use cofferdam_simulation::town::{Town, pass};

use crate::checkpoints::looping;

const MINUTES_MS: i64 = 7 * 60_000;

#[test]
fn a_job_is_started_when_it_is_due_by_the_stores_clock_however_wrong_the_workers_is() {
    for ahead_ms in [0, MINUTES_MS, -MINUTES_MS] {
        on_virtual_time(async {
            let mut town = Town::calm().await;
            let member = town.start();
            pass(Duration::from_secs(1)).await;
            member.process.clock().jump(ahead_ms);
            let due_at = town.clock.now() + 30_300;
            town.push_with("due", looping(1), |job| job.due_at = Some(due_at)).await;
            let before = town.ledger.calls();
            let took = town.until("due", State::Completed).await;
            let late = took - Duration::from_millis(30_300);
            assert!(late < Duration::from_millis(50), "{late:?} late with a clock {ahead_ms} ms ahead");
            let calls = town.ledger.calls() - before;
            assert!(calls < 40, "{calls} calls in 30 s with a clock {ahead_ms} ms ahead");
        });
    }
}

#[test]
fn an_idle_worker_asks_its_store_no_more_often_because_a_job_is_due_in_hours() {
    on_virtual_time(async {
        let mut town = Town::calm().await;
        let member = town.start();
        member.process.clock().jump(10 * MINUTES_MS);
        let due_at = town.clock.now() + 3_600_000;
        town.push_with("due", looping(1), |job| job.due_at = Some(due_at)).await;
        pass(Duration::from_secs(10)).await;
        let before = town.ledger.calls();
        pass(Duration::from_secs(60)).await;
        let calls = town.ledger.calls() - before;
        assert!(calls <= 45, "{calls} calls in an idle minute");
    });
}
