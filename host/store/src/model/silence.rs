//! Silence: while nobody reached the store, no lease says anything about its worker.

use cofferdam_queue::{is_silence, spared_until};

use super::house::House;

/// A worker speaks. Others that could not, because nobody could, are spared first.
pub(super) fn hear(house: &mut House) {
    end(house);
    house.heard_at = house.now();
}

/// If there was a silence, it ends here: all leases are spared.
pub(super) fn end(house: &mut House) {
    let now = house.now();
    let longest_lease_ms = house.workers.values().map(|worker| worker.facts.lease_ms).max().unwrap_or(0);
    if !is_silence(now, house.heard_at, longest_lease_ms) {
        return;
    }
    for worker in house.workers.values_mut() {
        worker.expires_at = spared_until(now, worker.expires_at, worker.facts.lease_ms);
    }
    house.heard_at = now;
}
