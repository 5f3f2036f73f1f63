//! Retry by hand: the job is available, with its counters at zero and its last checkpoint.

use cofferdam_queue::{Counters, Event, JobId, RetryReply, State, transition};

use super::house::House;

pub(super) fn retry(house: &mut House, ids: &[JobId]) -> Vec<RetryReply> {
    ids.iter().map(|id| retry_one(house, id)).collect()
}

fn retry_one(house: &mut House, id: &JobId) -> RetryReply {
    let (now, back) = (house.now(), house.next);
    let Some(job) = house.jobs.get_mut(id) else { return RetryReply::Unknown };
    let Ok(state) = transition(job.state, Event::Retry, State::Available) else {
        return RetryReply::Not(job.state);
    };
    job.state = state;
    job.at = now;
    job.ord = back;
    job.counters = Counters::default();
    // Somebody wants it to run: what its earlier attempts spent is not held against it.
    job.fuel_spent = 0;
    job.wall_spent_ms = 0;
    job.reason = None;
    job.output = None;
    job.finished_at = None;
    house.next += 1;
    house.wake.jobs = true;
    RetryReply::Available
}
