//! Heartbeat: one for all leases of a worker, answered with what it must know.

use cofferdam_queue::{Heartbeat, Notices};

use super::house::House;
use super::reap;
use super::silence;

pub(super) fn heartbeat(house: &mut House, beat: &Heartbeat) -> Notices {
    let deploys = house.deploys;
    silence::hear(house);
    if !reap::signed_on(house, &beat.worker) {
        return Notices { expired: true, deploys, ..Notices::default() };
    }
    let now = house.now();
    let Some(worker) = house.workers.get_mut(&beat.worker) else { return Notices::default() };
    worker.expires_at = now + worker.facts.lease_ms;
    worker.quiet = beat.quiet;
    worker.running = beat.running;
    worker.reserved_bytes = beat.reserved_bytes;
    let order = worker.order;
    let asked = |job: &&super::house::Job| {
        job.lease.as_ref().is_some_and(|lease| lease.worker == beat.worker && lease.cancel)
    };
    let cancelled = house.jobs.values().filter(asked).map(|job| job.id.clone()).collect();
    Notices { expired: false, order, cancelled, given: house.handed.contains_key(&beat.worker), deploys }
}
