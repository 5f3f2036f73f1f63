//! Claim: the jobs that stand first, among those that this worker can run now.

use cofferdam_queue::{
    Claim, Claimed, Event, JobId, Outcome, Program, Starved, State, Token, given_back, transition,
};

use super::hand_over;
use super::house::{House, Job, Lease};
use super::reap;
use super::settle::{Ended, settle};

/// What a claim got.
#[derive(Default)]
pub(super) struct Got {
    pub(super) claimed: Vec<Claimed>,
    pub(super) expired: bool,
    pub(super) starved: Option<Starved>,
}

pub(super) fn claim(house: &mut House, mut claim: Claim) -> Got {
    if !reap::signed_on(house, &claim.worker) {
        return Got { expired: true, ..Got::default() };
    }
    if let Some(known) = house.workers.get_mut(&claim.worker) {
        if claim.turn <= known.turn {
            return Got::default();
        }
        known.turn = claim.turn;
    }
    let handed = hand_over::take(house, &mut claim);
    let mut got = serve(house, &claim);
    got.claimed.splice(0..0, handed);
    got
}

/// Gives what there is, and has the rest of the claim wait.
pub(super) fn serve(house: &mut House, claim: &Claim) -> Got {
    house.waiting.remove(&claim.worker);
    let mut got = Got::default();
    let (mut free_bytes, mut jobs_left) = (claim.free_bytes, claim.jobs_max);
    if let Some(held) = &claim.held {
        for (again, reservation_bytes) in give_again(house, claim, held) {
            free_bytes = free_bytes.saturating_sub(reservation_bytes);
            jobs_left = jobs_left.saturating_sub(1);
            got.claimed.push(again);
        }
    }
    if claim.deploys != house.deploys {
        // What it can run is not what is deployed. It hears of that by the bell.
        return got;
    }
    let now = house.now();
    for (_, id, program) in line(house, claim) {
        let Some(job) = house.jobs.get_mut(&id) else { continue };
        let reservation_bytes = program.reservation_bytes(job.step);
        if jobs_left == 0 || reservation_bytes > free_bytes {
            continue;
        }
        jobs_left -= 1;
        free_bytes -= reservation_bytes;
        let available_at = job.at;
        if let Ok(state) = transition(job.state, Event::Claim, State::Running) {
            job.state = state;
        }
        job.at = now;
        job.attempt += 1;
        let token = Token { attempt: job.attempt, nonce: claim.random };
        job.lease = Some(Lease {
            worker: claim.worker.clone(),
            token,
            seq: 0,
            module: program.module,
            progressed: false,
            cancel: false,
            started_at: now,
        });
        let from = job.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.next_effect);
        job.appends.retain(|&number, _| number < from);
        got.claimed.push(Claimed { available_at, ..claimed(job, token, program) });
    }
    // The first in line of what is left and does not fit.
    got.starved = line(house, claim)
        .into_iter()
        .filter_map(|((_, ord), id, program)| {
            let job = house.jobs.get(&id)?;
            let reservation_bytes = program.reservation_bytes(job.step);
            (reservation_bytes > free_bytes)
                .then_some((ord, Starved { reservation_bytes, available_at: job.at }))
        })
        .min_by_key(|(ord, _)| *ord)
        .map(|(_, starved)| starved);
    let stays = jobs_left.min(claim.stays.saturating_sub(got.claimed.len()));
    if stays > 0 && got.starved.is_none() {
        let rest = Claim { jobs_max: stays, stays, free_bytes, held: None, ..claim.clone() };
        house.waiting.insert(claim.worker.clone(), rest);
    }
    got
}

/// Every job that this worker could run, in the order in which it would, by rank of its
/// queue and place in line.
fn line<'p>(house: &House, claim: &'p Claim) -> Vec<((usize, u64), JobId, &'p Program)> {
    let mut line: Vec<_> = house
        .jobs
        .values()
        .filter(|job| job.state == State::Available && !house.paused.contains(&job.queue))
        .filter_map(|job| {
            let rank = match claim.queues.iter().position(|queue| *queue == job.queue) {
                Some(rank) => rank,
                None if claim.queues.is_empty() => 0,
                None => return None,
            };
            let program = job.program(&claim.programs)?;
            let fits = program.reservation_bytes(job.step) <= claim.budget_bytes;
            fits.then(|| ((rank, job.ord), job.id.clone(), program))
        })
        .collect();
    line.sort_by_key(|(place, ..)| *place);
    line
}

fn claimed(job: &Job, token: Token, program: &Program) -> Claimed {
    Claimed {
        id: job.id.clone(),
        kind: job.kind.clone(),
        queue: job.queue.clone(),
        token,
        module: program.module,
        step: job.step,
        input: job.input.clone(),
        checkpoint: job.checkpoint.clone(),
        counters: job.counters,
        fuel_spent: job.fuel_spent,
        wall_spent_ms: job.wall_spent_ms,
        enqueued_at: job.enqueued_at,
        available_at: job.at,
    }
}

/// After a lost reply: the jobs under this worker's lease of which it has never heard, each
/// with what it reserves. What it heard of but no longer holds is given back.
fn give_again(house: &mut House, claim: &Claim, held: &[JobId]) -> Vec<(Claimed, u64)> {
    let mut unheard: Vec<(u64, JobId)> = house
        .jobs
        .values()
        .filter(|job| job.lease.as_ref().is_some_and(|lease| lease.worker == claim.worker))
        .filter(|job| !held.contains(&job.id))
        .map(|job| (job.n, job.id.clone()))
        .collect();
    unheard.sort();
    let mut again = Vec::new();
    for (_, id) in unheard {
        let Some(job) = house.jobs.get(&id) else { continue };
        let Some(lease) = job.lease.clone() else { continue };
        let same = |program: &&Program| program.kind == job.kind && program.module == lease.module;
        match claim.programs.iter().find(same) {
            Some(program) if lease.seq == 0 && !lease.cancel => {
                let reservation_bytes = program.reservation_bytes(job.step);
                again.push((job.ord, claimed(job, lease.token, program), reservation_bytes));
            }
            _ => {
                let verdict = given_back(job.counters, lease.progressed, job.step);
                settle(house, &id, &lease, Ended::without_report(Outcome::Interrupted, verdict, lease.seq));
            }
        }
    }
    again.sort_by_key(|(ord, ..)| *ord);
    again.into_iter().map(|(_, claimed, reservation_bytes)| (claimed, reservation_bytes)).collect()
}
