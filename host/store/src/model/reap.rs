//! Reap: the leases of a worker that is proven dead, or whose time ran out, end in one
//! step, and its jobs go back.

use cofferdam_queue::{Counters, JobId, Outcome, Timestamp, Verdict, WorkerId, worker_lost};

use super::house::House;
use super::settle::{Ended, settle};
use super::silence;

/// Whether a worker's lease holds. One whose lease ran out is reaped here: it is told so,
/// and from then on nothing of it may be committed.
pub(super) fn signed_on(house: &mut House, worker: &WorkerId) -> bool {
    let now = house.now();
    let holds = |house: &House| house.workers.get(worker).map(|known| known.expires_at > now);
    match holds(house) {
        None => return false,
        Some(true) => return true,
        Some(false) => silence::end(house),
    }
    if holds(house) == Some(true) {
        return true;
    }
    lose(house, worker);
    false
}

/// Reap every worker that is lost. Returns how many jobs went back, and the workers.
pub(super) fn reap(house: &mut House) -> (u32, Vec<WorkerId>) {
    silence::end(house);
    let now = house.now();
    let mut workers: Vec<_> =
        house.workers.values().map(|worker| (worker.number, worker.facts.id.clone())).collect();
    workers.sort();
    let (mut reaped, mut lost) = (0, Vec::new());
    for (_, id) in workers {
        let Some(worker) = house.workers.get_mut(&id) else { continue };
        // The clock may have been set back: a lease never lasts longer from now than when new.
        worker.expires_at = worker.expires_at.min(now + worker.facts.lease_ms);
        if worker.expires_at <= now || house.dead.contains(&id) {
            reaped += lose(house, &id);
            lost.push(id);
        }
    }
    (reaped, lost)
}

/// Reap this worker, whose end somebody saw. Returns how many jobs went back.
pub(super) fn bury(house: &mut House, worker: &WorkerId) -> u32 {
    if house.workers.contains_key(worker) { lose(house, worker) } else { 0 }
}

/// When the first lease runs out.
pub(super) fn next_expiry_at(house: &House) -> Option<Timestamp> {
    house.workers.values().map(|worker| worker.expires_at).min()
}

fn lose(house: &mut House, worker: &WorkerId) -> u32 {
    house.workers.remove(worker);
    end_leases(house, worker, Outcome::WorkerLost, worker_lost)
}

/// End all leases of a worker with one verdict. Returns how many there were.
pub(super) fn end_leases(
    house: &mut House,
    worker: &WorkerId,
    outcome: Outcome,
    verdict: fn(Counters, bool, u8) -> Verdict,
) -> u32 {
    let mut held: Vec<(u64, JobId)> = house
        .jobs
        .values()
        .filter(|job| job.lease.as_ref().is_some_and(|lease| lease.worker == *worker))
        .map(|job| (job.n, job.id.clone()))
        .collect();
    held.sort();
    for (_, id) in &held {
        let Some(job) = house.jobs.get(id) else { continue };
        let Some(lease) = job.lease.clone() else { continue };
        let verdict = verdict(job.counters, lease.progressed, job.step);
        settle(house, id, &lease, Ended::without_report(outcome, verdict, lease.seq));
    }
    u32::try_from(held.len()).unwrap_or(u32::MAX)
}
