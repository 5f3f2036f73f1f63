//! Promote: what is due lines up, behind all that wait.

use cofferdam_queue::{Event, JobId, State, Timestamp, transition};

use super::house::{House, Job};

fn is_due_later(job: &Job) -> bool {
    matches!(job.state, State::Scheduled | State::Retryable)
}

/// Move at most `limit` due jobs, the longest due first. Returns how many.
pub(super) fn promote(house: &mut House, limit: usize) -> u32 {
    let now = house.now();
    let mut due: Vec<(Timestamp, u64, JobId)> = house
        .jobs
        .values()
        .filter(|job| is_due_later(job) && job.at <= now)
        .map(|job| (job.at, job.n, job.id.clone()))
        .collect();
    due.sort();
    due.truncate(limit);
    for (_, _, id) in &due {
        let back = house.next();
        let Some(job) = house.jobs.get_mut(id) else { continue };
        let Ok(state) = transition(job.state, Event::Promote, State::Available) else { continue };
        job.state = state;
        job.at = now;
        job.ord = back;
        house.wake.jobs = true;
    }
    due.len() as u32
}

/// When the next job is due.
pub(super) fn next_due_at(house: &House) -> Option<Timestamp> {
    house.jobs.values().filter(|job| is_due_later(job)).map(|job| job.at).min()
}
