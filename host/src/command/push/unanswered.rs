//! A push that the store did not take, or did not answer: what became of the jobs, and how it is
//! repeated.

use cofferdam_queue::{EnqueueError, JobId, StoreError};

use crate::failure::Failure;

/// Of one job.
pub fn one(error: EnqueueError, id: &JobId) -> Failure {
    match &error {
        EnqueueError::Store(StoreError::Unavailable { maybe_applied: true, .. }) => Failure::from(error)
            .hint(format!(
                "the job may have been enqueued: repeat the push with `--id {id}`, and it is enqueued once"
            )),
        EnqueueError::Store(StoreError::Unavailable { maybe_applied: false, .. }) => {
            Failure::from(error).hint("nothing was enqueued")
        }
        _ => Failure::from(error),
    }
}

/// Of a file of jobs.
pub fn many(error: EnqueueError) -> Failure {
    match &error {
        EnqueueError::Store(StoreError::Unavailable { maybe_applied: true, .. }) => Failure::from(error).hint(
            "jobs of the file may have been enqueued: with an `id` in each line it can be repeated, and each \
             is enqueued once",
        ),
        EnqueueError::Store(StoreError::Unavailable { maybe_applied: false, .. }) => {
            Failure::from(error).hint("nothing was enqueued")
        }
        _ => Failure::from(error),
    }
}
