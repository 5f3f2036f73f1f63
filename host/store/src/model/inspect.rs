//! Inspect: what surfaces read. Cannot write.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bytes::Bytes;
use cofferdam_queue::{
    AttemptView, JobFilter, JobSummary, JobView, LogView, ModuleView, PartName, PartView, QueueView, State,
    WorkerFacts, WorkerView, message_of,
};

use super::house::{House, Job};
use super::modules::by_kind;
use crate::waiting;

fn summary(house: &House, job: &Job) -> JobSummary {
    let reason = match job.state {
        State::Available => {
            let facts: Vec<WorkerFacts> = workers(house).into_iter().map(|view| view.facts).collect();
            let manifest = house.current(&job.kind).map(|deployment| &deployment.manifest);
            let paused = house.paused.contains(&job.queue);
            waiting::why_not_run(&job.queue, &job.kind, job.step, paused, manifest, &facts)
        }
        State::Retryable | State::Scheduled => {
            job.attempts.last().and_then(|attempt| message_of(&attempt.report))
        }
        _ => job.reason.clone(),
    };
    JobSummary {
        id: job.id.clone(),
        kind: job.kind.clone(),
        queue: job.queue.clone(),
        state: job.state,
        outcome: job.attempts.last().map(|attempt| attempt.outcome),
        attempt: job.attempt,
        enqueued_at: job.enqueued_at,
        at: job.at,
        reason,
    }
}

pub(super) fn jobs(house: &House, filter: &JobFilter) -> Vec<JobSummary> {
    let mut found: Vec<&Job> = house
        .jobs
        .values()
        .filter(|job| filter.states.is_empty() || filter.states.contains(&job.state))
        .filter(|job| filter.kind.as_ref().is_none_or(|kind| *kind == job.kind))
        .filter(|job| filter.queue.as_ref().is_none_or(|queue| *queue == job.queue))
        .collect();
    found.sort_by_key(|job| Reverse(job.n));
    found.into_iter().take(filter.limit).map(|job| summary(house, job)).collect()
}

pub(super) fn job(house: &House, job: &Job) -> JobView {
    let lease = job.lease.as_ref();
    let checkpoint = job.checkpoint.as_ref();
    JobView {
        summary: summary(house, job),
        parent: job.parent.clone(),
        counters: job.counters,
        step: job.step,
        worker: lease.map(|lease| lease.worker.clone()),
        cancel_requested: lease.is_some_and(|lease| lease.cancel),
        progress: job.progress.clone(),
        checkpoint_count: checkpoint.map_or(0, |checkpoint| checkpoint.count),
        checkpoint_bytes: checkpoint.map(|checkpoint| checkpoint.state.len() as u64),
        checkpoint_at: checkpoint.map(|checkpoint| checkpoint.at),
        checkpoint_module: checkpoint.map(|checkpoint| checkpoint.module),
        fuel_spent: job.fuel_spent,
        wall_spent_ms: job.wall_spent_ms,
        started_at: lease
            .map(|lease| lease.started_at)
            .or(job.attempts.last().map(|attempt| attempt.started_at)),
        finished_at: job.finished_at,
        input: job.input.clone(),
        output: job.output.clone(),
    }
}

pub(super) fn attempts(job: &Job) -> Vec<AttemptView> {
    job.attempts
        .iter()
        .map(|attempt| AttemptView {
            attempt: attempt.token.attempt,
            outcome: attempt.outcome,
            ended_at: attempt.ended_at,
            report: attempt.report.clone(),
        })
        .collect()
}

pub(super) fn logs(job: &Job, after: u64) -> LogView {
    let first = job.logged - job.logs.len() as u64 + 1;
    let lines: Vec<_> =
        (first..).zip(&job.logs).filter(|(place, _)| *place > after).map(|(_, line)| line.clone()).collect();
    LogView { next: if lines.is_empty() { after } else { job.logged }, lines }
}

pub(super) fn parts(job: &Job) -> Vec<PartView> {
    let mut parts: BTreeMap<&PartName, (u64, u64)> = BTreeMap::new();
    for (part, bytes) in job.appends.values() {
        let (chunks, size) = parts.entry(part).or_default();
        *chunks += 1;
        *size += bytes.len() as u64;
    }
    parts.into_iter().map(|(part, (chunks, bytes))| PartView { part: part.clone(), chunks, bytes }).collect()
}

pub(super) fn part(job: &Job, wanted: &PartName) -> Vec<Bytes> {
    job.appends.values().filter(|(part, _)| part == wanted).map(|(_, bytes)| bytes.clone()).collect()
}

pub(super) fn queues(house: &House) -> Vec<QueueView> {
    let mut views = BTreeMap::new();
    let of_jobs = house.jobs.values().map(|job| &job.queue);
    for queue in of_jobs.chain(&house.paused) {
        views.entry(queue.clone()).or_insert_with(|| QueueView {
            queue: queue.clone(),
            paused: house.paused.contains(queue),
            available: 0,
            running: 0,
            scheduled: 0,
            oldest_at: None,
        });
    }
    for job in house.jobs.values() {
        let Some(view) = views.get_mut(&job.queue) else { continue };
        match job.state {
            State::Available => {
                view.available += 1;
                view.oldest_at = [view.oldest_at, Some(job.at)].into_iter().flatten().min();
            }
            State::Running => view.running += 1,
            State::Scheduled | State::Retryable => view.scheduled += 1,
            _ => {}
        }
    }
    views.into_values().collect()
}

pub(super) fn workers(house: &House) -> Vec<WorkerView> {
    let mut live: Vec<_> = house.workers.values().filter(|worker| worker.expires_at > house.now()).collect();
    live.sort_by_key(|worker| worker.number);
    live.into_iter()
        .map(|worker| WorkerView {
            facts: worker.facts.clone(),
            order: worker.order,
            quiet: worker.quiet,
            running: worker.running,
            reserved_bytes: worker.reserved_bytes,
            expires_at: worker.expires_at,
            lost: house.dead.contains(&worker.facts.id),
        })
        .collect()
}

pub(super) fn modules(house: &House) -> Vec<ModuleView> {
    by_kind(house)
        .into_iter()
        .map(|deployment| ModuleView {
            kind: deployment.kind.clone(),
            module: deployment.module,
            current: deployment.current,
            bytes: house.modules.get(&deployment.module).map_or(0, |wasm| wasm.len() as u64),
            deployed_at: deployment.deployed_at,
            manifest: deployment.manifest.clone(),
        })
        .collect()
}

pub(super) fn counts(house: &House) -> Vec<(State, u64)> {
    State::ALL
        .into_iter()
        .map(|state| (state, house.jobs.values().filter(|job| job.state == state).count() as u64))
        .collect()
}
