//! Cancel: at once when the job is not running, through its worker when it is.

use cofferdam_queue::{CancelReply, Event, JobId, State, transition};

use super::house::House;

pub(super) fn cancel(house: &mut House, ids: &[JobId]) -> Vec<CancelReply> {
    ids.iter().map(|id| cancel_one(house, id)).collect()
}

fn cancel_one(house: &mut House, id: &JobId) -> CancelReply {
    let now = house.now();
    let Some(job) = house.jobs.get_mut(id) else { return CancelReply::Unknown };
    if let Some(lease) = &mut job.lease {
        lease.cancel = true;
        house.wake.notices = true;
        return CancelReply::Requested;
    }
    match transition(job.state, Event::Cancel, State::Cancelled) {
        Ok(state) => {
            job.state = state;
            job.at = now;
            job.finished_at = Some(now);
            CancelReply::Cancelled
        }
        Err(_) => CancelReply::Ended(job.state),
    }
}
