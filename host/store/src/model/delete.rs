//! Delete: a finished job goes, with all that belongs to it.

use cofferdam_queue::JobId;

use super::house::House;

pub(super) fn delete(house: &mut House, ids: Vec<JobId>) -> Vec<JobId> {
    ids.into_iter()
        .filter(|id| {
            let ended = house.jobs.get(id).is_some_and(|job| job.state.is_final());
            if ended {
                house.jobs.remove(id);
            }
            ended
        })
        .collect()
}
