//! Prune: finished jobs that were kept long enough go, the first to finish first.

use cofferdam_queue::{JobId, State, Timestamp};

use super::house::House;
use crate::DeadOverflow;

/// Remove at most `limit` jobs. Returns how many.
pub(super) fn prune(house: &mut House, limit: usize) -> u32 {
    let completed = house.jobs.values().filter(|job| job.state == State::Completed).count();
    let kept = usize::try_from(house.retention.completed_count).unwrap_or(usize::MAX);
    let before = house.now() - house.retention.completed_age_ms;
    let mut left = limit;
    left -= remove(house, State::Completed, Timestamp(u64::MAX), left.min(completed.saturating_sub(kept)));
    for state in [State::Completed, State::Cancelled, State::Discarded] {
        left -= remove(house, state, before, left);
    }
    if house.retention.dead_overflow == DeadOverflow::Drop {
        left -= remove(house, State::Dead, Timestamp(u64::MAX), left.min(dead_surplus(house)));
    }
    (limit - left) as u32
}

/// There are too many dead jobs, and they stay.
pub(super) fn dead_overflow(house: &House) -> bool {
    house.retention.dead_overflow == DeadOverflow::Alert && dead_surplus(house) > 0
}

fn dead_surplus(house: &House) -> usize {
    let dead = house.jobs.values().filter(|job| job.state == State::Dead).count();
    dead.saturating_sub(usize::try_from(house.retention.dead_count).unwrap_or(usize::MAX))
}

/// Remove jobs that came to this end before `before`, at most `limit`.
fn remove(house: &mut House, state: State, before: Timestamp, limit: usize) -> usize {
    let mut old: Vec<(Option<Timestamp>, u64, JobId)> = house
        .jobs
        .values()
        .filter(|job| job.state == state && job.finished_at < Some(before))
        .map(|job| (job.finished_at, job.n, job.id.clone()))
        .collect();
    old.sort();
    old.truncate(limit);
    for (_, _, id) in &old {
        house.jobs.remove(id);
    }
    old.len()
}
