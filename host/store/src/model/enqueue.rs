//! Enqueue: all jobs of a push, or none.

use cofferdam_queue::{Counters, EnqueueError, Enqueued, JobId, NewJob, QueueName, State, Timestamp};

use super::hand_over::hand_over;
use super::house::{House, Job};
use crate::nearest::nearest;

pub(super) fn enqueue(house: &mut House, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>, EnqueueError> {
    for (index, job) in jobs.iter().enumerate() {
        if house.current(&job.kind).is_none() {
            let deployed = house
                .deployments
                .iter()
                .filter(|deployment| deployment.current)
                .map(|deployment| &deployment.kind);
            let (kind, nearest) = (job.kind.clone(), nearest(&job.kind, deployed));
            return Err(EnqueueError::UnknownKind { index, kind, nearest });
        }
        let (bytes, limit_bytes) = (job.input.len() as u64, house.size_limits.input_bytes);
        if bytes > limit_bytes {
            return Err(EnqueueError::InputTooLarge { index, bytes, limit_bytes });
        }
    }
    if let [job] = &jobs[..]
        && hand_over(house, job)
    {
        return Ok(vec![Enqueued::New(job.id.clone())]);
    }
    Ok(jobs
        .into_iter()
        .map(|job| {
            let id = job.id.clone();
            if insert(house, job, None) { Enqueued::New(id) } else { Enqueued::Exists(id) }
        })
        .collect())
}

/// Enqueue one job unless its id is taken.
pub(super) fn insert(house: &mut House, job: NewJob, parent: Option<&JobId>) -> bool {
    if house.jobs.contains_key(&job.id) {
        return false;
    }
    let (n, now) = (house.next(), house.now());
    let deployed = house.current(&job.kind).map(|deployment| deployment.manifest.queue.clone());
    let queue = job.queue.or(deployed).unwrap_or_else(|| QueueName::trusted("default"));
    let (state, at) = match job.due_at.filter(|&due_at| due_at > now) {
        Some(due_at) => (State::Scheduled, due_at.min(Timestamp::LATEST)),
        None => (State::Available, now),
    };
    let new = Job {
        n,
        id: job.id.clone(),
        kind: job.kind,
        queue,
        input: job.input,
        parent: parent.cloned(),
        enqueued_at: now,
        state,
        at,
        ord: n,
        attempt: 0,
        counters: Counters::default(),
        step: 0,
        fuel_spent: 0,
        wall_spent_ms: 0,
        lease: None,
        checkpoint: None,
        appends: Default::default(),
        progress: None,
        logs: Vec::new(),
        logged: 0,
        attempts: Vec::new(),
        output: None,
        reason: None,
        finished_at: None,
    };
    house.jobs.insert(job.id, new);
    house.wake.jobs = true;
    true
}
