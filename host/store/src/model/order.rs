//! Order: what workers hear with their next heartbeat.

use cofferdam_queue::{WorkerId, WorkerOrder};

use super::house::House;

/// Returns how many workers were told.
pub(super) fn order(house: &mut House, worker: Option<&WorkerId>, order: WorkerOrder) -> u32 {
    let mut told = 0;
    for known in house.workers.values_mut().filter(|known| worker.is_none_or(|id| known.facts.id == *id)) {
        known.order = order;
        if order != WorkerOrder::Work {
            house.waiting.remove(&known.facts.id);
        }
        told += 1;
    }
    house.wake.notices |= told > 0;
    told
}
