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

/// One job's arguments.
pub(super) fn write(cmd: &mut Cmd, job: &NewJob) {
    cmd.arg(job.id.as_str()).arg(job.kind.as_str());
    cmd.arg(job.queue.as_ref().map_or("", |queue| queue.as_str()));
    match job.due_at {
        Some(due_at) => cmd.arg(due_at.0),
        None => cmd.arg(""),
    };
    cmd.arg(pack(&job.input));
}

pub(super) async fn enqueue(store: &RedisStore, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>, EnqueueError> {
    let limit_bytes = store.config.size_limits.input_bytes;
    let mut cmd = store.begin(&script::ENQUEUE);
    cmd.arg(jobs.len());
    let mut too_large = None;
    for (index, job) in jobs.iter().enumerate() {
        let bytes = job.input.len() as u64;
        if bytes > limit_bytes {
            // A kind that is not deployed is said before it: nothing else of the push is looked at.
            too_large = Some(EnqueueError::InputTooLarge { index, bytes, limit_bytes });
            break;
        }
        write(&mut cmd, job);
    }
    if let Some(too_large) = too_large {
        return Err(too_large);
    }
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
