//! Enqueue: all jobs of a push, or none.

use cofferdam_queue::{EnqueueError, Enqueued, Kind, NewJob};
use redis::Cmd;

use super::error::not_understood;
use super::link::Tries;
use super::packed::pack;
use super::reply::Reply;
use super::script;
use super::store::RedisStore;
use crate::nearest::nearest;

/// The arguments of jobs, run by run: those that follow each other and are alike in kind, queue and
/// due time.
pub(super) fn write_runs<'j>(cmd: &mut Cmd, jobs: impl Iterator<Item = &'j NewJob>) {
    let jobs: Vec<&NewJob> = jobs.collect();
    let alike = |a: &&NewJob, b: &&NewJob| a.kind == b.kind && a.queue == b.queue && a.due_at == b.due_at;
    let runs: Vec<&[&NewJob]> = jobs.chunk_by(alike).collect();
    cmd.arg(runs.len());
    for run in runs {
        let first = run[0];
        cmd.arg(first.kind.as_str());
        cmd.arg(first.queue.as_ref().map_or("", |queue| queue.as_str()));
        match first.due_at {
            Some(due_at) => cmd.arg(due_at.0),
            None => cmd.arg(""),
        };
        cmd.arg(run.len());
        for job in run {
            cmd.arg(job.id.as_str());
        }
        for job in run {
            cmd.arg(pack(&job.input));
        }
    }
}

pub(super) async fn enqueue(store: &RedisStore, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>, EnqueueError> {
    let limit_bytes = store.config.size_limits.input_bytes;
    let too_large = jobs.iter().position(|job| job.input.len() as u64 > limit_bytes);
    if let Some(index) = too_large {
        let bytes = jobs[index].input.len() as u64;
        return Err(EnqueueError::InputTooLarge { index, bytes, limit_bytes });
    }
    let mut cmd = store.begin(&script::ENQUEUE);
    write_runs(&mut cmd, jobs.iter());
    let mut reply = Reply::of(store.run(&script::ENQUEUE, &cmd, Tries::UntilDone).await?)?;
    let unknown = reply.number()? as usize;
    let letters = reply.text()?;
    store.hear(&reply.text()?);
    if unknown > 0 {
        let index = unknown - 1;
        let kind = jobs.get(index).map(|job| job.kind.clone());
        let kind = kind.ok_or_else(|| not_understood("a push has fewer jobs than were refused"))?;
        let mut keys = redis::cmd("HKEYS");
        keys.arg(store.link.key("kinds"));
        let mut deployed: Vec<Kind> = Vec::new();
        for name in Reply::of(store.link.ask(&keys).await?)?.texts()? {
            deployed.push(Kind::trusted(&name));
        }
        deployed.sort();
        let nearest = nearest(&kind, deployed.iter());
        return Err(EnqueueError::UnknownKind { index, kind, nearest });
    }
    let enqueued = jobs.into_iter().zip(letters.chars()).map(|(job, letter)| match letter {
        'n' => Enqueued::New(job.id),
        _ => Enqueued::Exists(job.id),
    });
    Ok(enqueued.collect())
}
