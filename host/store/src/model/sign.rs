//! Sign on and sign off: a worker begins to claim, and ends in good order.

use cofferdam_queue::{Outcome, WorkerFacts, WorkerId, WorkerOrder, given_back};

use super::house::{House, Worker};
use super::reap;
use super::silence;

/// A repetition changes nothing.
pub(super) fn sign_on(house: &mut House, facts: WorkerFacts) {
    if house.workers.contains_key(&facts.id) {
        return;
    }
    silence::hear(house);
    let worker = Worker {
        number: house.next(),
        expires_at: house.now() + facts.lease_ms,
        facts,
        order: WorkerOrder::Work,
        quiet: false,
        running: 0,
        reserved_bytes: 0,
        turn: 0,
    };
    house.workers.insert(worker.facts.id.clone(), worker);
}

/// What the worker still holds is given back as interrupted.
pub(super) fn sign_off(house: &mut House, worker: &WorkerId) {
    silence::hear(house);
    if house.workers.remove(worker).is_some() {
        reap::end_leases(house, worker, Outcome::Interrupted, given_back);
    }
}
