//! Enqueue: all jobs of a push, or none.

use std::collections::HashMap;

use cofferdam_queue::{EnqueueError, Enqueued, JobId, Kind, NewJob, QueueName, State, Timestamp};

use super::desk::Desk;
use super::error::Sql;
use super::lanes::Lane;
use crate::nearest::nearest;

/// The queue of a child whose kind is not deployed yet.
const DEFAULT_QUEUE: &str = "default";

pub(super) fn enqueue(desk: &mut Desk<'_>, jobs: &[NewJob]) -> Sql<Result<Vec<Enqueued>, EnqueueError>> {
    let kinds = desk.kinds()?;
    // Everything is looked at before anything is written.
    for (index, job) in jobs.iter().enumerate() {
        if !kinds.contains_key(&job.kind) {
            let (kind, nearest) = (job.kind.clone(), nearest(&job.kind, kinds.keys()));
            return Ok(Err(EnqueueError::UnknownKind { index, kind, nearest }));
        }
        let (bytes, limit_bytes) = (job.input.len() as u64, desk.config.size_limits.input_bytes);
        if bytes > limit_bytes {
            return Ok(Err(EnqueueError::InputTooLarge { index, bytes, limit_bytes }));
        }
    }
    let mut enqueued = Vec::with_capacity(jobs.len());
    for job in jobs {
        enqueued.push(match insert(desk, job, &kinds, None)? {
            true => Enqueued::New(job.id.clone()),
            false => Enqueued::Exists(job.id.clone()),
        });
    }
    Ok(Ok(enqueued))
}

/// Enqueue one job unless its id is taken.
pub(super) fn insert(
    desk: &mut Desk<'_>,
    job: &NewJob,
    kinds: &HashMap<Kind, QueueName>,
    parent: Option<&JobId>,
) -> Sql<bool> {
    let queue = match (&job.queue, kinds.get(&job.kind)) {
        (Some(queue), _) | (None, Some(queue)) => queue.clone(),
        (None, None) => QueueName::trusted(DEFAULT_QUEUE),
    };
    let lane = desk.lane_number(Lane { queue, kind: job.kind.clone(), step: 0, wrote: None })?;
    let (n, now) = (desk.next(), desk.now.0 as i64);
    let inserted = desk.hot.insert_job.execute((
        n,
        job.id.as_str(),
        lane,
        now,
        parent.map(JobId::as_str),
        &job.input[..],
    ))?;
    if inserted == 0 {
        return Ok(false);
    }
    match job.due_at.filter(|&due_at| due_at > desk.now) {
        Some(due_at) => {
            let due_at = due_at.min(Timestamp::LATEST).0 as i64;
            desk.sql("INSERT INTO standing (n, state, lane, ord, at, attempt) VALUES (?, ?, ?, ?, ?, 0)")?
                .execute((n, State::Scheduled as u8, lane, n, due_at))?;
            desk.sql("INSERT INTO due (at, n) VALUES (?, ?)")?.execute((due_at, n))?;
            // A worker may have to wake earlier than it knows.
            desk.wake.jobs = true;
        }
        None => {
            desk.hot.insert_ready.execute((lane, n, n, now))?;
            desk.wake.jobs = true;
        }
    }
    Ok(true)
}
