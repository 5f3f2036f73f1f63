//! Hand over: a job that is pushed alone goes to a worker that waits, without standing in line.

use cofferdam_queue::{Claim, Claimed, NewJob, WorkerId};

use super::claim::serve;
use super::enqueue::insert;
use super::house::House;

/// `false`: this is for the line.
pub(super) fn hand_over(house: &mut House, job: &NewJob) -> bool {
    let is_late = job.due_at.is_some_and(|due_at| due_at > house.now());
    if is_late || house.jobs.contains_key(&job.id) {
        return false;
    }
    let waiting = house.waiting.values().filter(|claim| is_there(house, &claim.worker));
    let Some(claim) = waiting.max_by_key(|claim| claim.jobs_max).cloned() else { return false };
    let worker = claim.worker.clone();
    let wake = house.wake;
    insert(house, job.clone(), None);
    // Never the same twice, though the claim is.
    let random = claim.random.wrapping_add(house.next);
    let got = serve(house, &Claim { random, ..claim });
    if got.claimed.is_empty() {
        return true;
    }
    house.wake = wake;
    house.wake.given = true;
    house.handed.entry(worker).or_default().extend(got.claimed);
    true
}

/// Nobody is given anything who is quiet, or will soon be found lost.
fn is_there(house: &House, id: &WorkerId) -> bool {
    house.workers.get(id).is_some_and(|worker| {
        let left_ms = worker.expires_at.0.saturating_sub(house.now().0);
        !worker.quiet && left_ms > worker.facts.lease_ms / 2
    })
}

/// What was handed to the worker that claims, taken off what it asks for; to one that says what it
/// holds it is given again instead.
pub(super) fn take(house: &mut House, claim: &mut Claim) -> Vec<Claimed> {
    let handed = house.handed.remove(&claim.worker).unwrap_or_default();
    if claim.held.is_some() {
        return Vec::new();
    }
    claim.take_off(&handed);
    handed
}
