//! Enqueue: all jobs of a push, or none; a large push step by step.

use cofferdam_queue::{EnqueueError, Enqueued, Kind, NewJob, StoreError};
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

/// So many jobs are enqueued in one step: the server does nothing else for its duration, a few
/// milliseconds.
const STEP_JOBS: usize = 500;
/// Their inputs are about so many bytes at most.
const STEP_BYTES: usize = 4 << 20;

/// All jobs of one step or none. What can be refused is looked at before the first step, so that
/// only a server that goes away in the middle leaves a push in part.
pub(super) async fn enqueue(store: &RedisStore, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>, EnqueueError> {
    let limit_bytes = store.config.size_limits.input_bytes;
    let too_large = jobs.iter().position(|job| job.input.len() as u64 > limit_bytes);
    if let Some(index) = too_large {
        let bytes = jobs[index].input.len() as u64;
        return Err(EnqueueError::InputTooLarge { index, bytes, limit_bytes });
    }
    let steps = steps(&jobs);
    if steps.len() > 1 {
        let deployed = deployed(store).await?;
        if let Some(index) = jobs.iter().position(|job| deployed.binary_search(&job.kind).is_err()) {
            return Err(unknown_kind(&jobs, index, &deployed));
        }
    }
    let mut letters = String::with_capacity(jobs.len());
    for step in steps {
        let enqueued = letters.len();
        match one_step(store, &jobs[step]).await {
            Ok(Step::Enqueued(some)) => letters += &some,
            Ok(Step::Unknown(place)) => {
                return Err(unknown_kind(&jobs, enqueued + place, &deployed(store).await?));
            }
            Err(StoreError::Unavailable { message, .. }) if enqueued > 0 => {
                let message = format!(
                    "{message}; {enqueued} of {} jobs are enqueued, perhaps {STEP_JOBS} more",
                    jobs.len()
                );
                return Err(StoreError::Unavailable { message, maybe_applied: true }.into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    let enqueued = jobs.into_iter().zip(letters.chars()).map(|(job, letter)| match letter {
        'n' => Enqueued::New(job.id),
        _ => Enqueued::Exists(job.id),
    });
    Ok(enqueued.collect())
}

/// The jobs, cut into steps.
fn steps(jobs: &[NewJob]) -> Vec<std::ops::Range<usize>> {
    let (mut steps, mut first, mut bytes) = (Vec::new(), 0, 0);
    for (place, job) in jobs.iter().enumerate() {
        if place - first == STEP_JOBS || (place > first && bytes + job.input.len() > STEP_BYTES) {
            steps.push(first..place);
            (first, bytes) = (place, 0);
        }
        bytes += job.input.len();
    }
    steps.push(first..jobs.len());
    steps
}

enum Step {
    /// A letter for each job.
    Enqueued(String),
    /// The place of the first whose kind is not deployed.
    Unknown(usize),
}

async fn one_step(store: &RedisStore, jobs: &[NewJob]) -> Result<Step, StoreError> {
    let mut cmd = store.begin(&script::ENQUEUE);
    cmd.arg(format!("{:016x}", rand::random::<u64>()));
    write_runs(&mut cmd, jobs.iter());
    let mut reply = Reply::of(store.run(&script::ENQUEUE, &cmd, Tries::UntilDone).await?)?;
    let unknown = reply.number()? as usize;
    let letters = reply.text()?;
    store.hear(&reply.text()?);
    Ok(if unknown > 0 { Step::Unknown(unknown - 1) } else { Step::Enqueued(letters) })
}

/// The deployed kinds, in order.
async fn deployed(store: &RedisStore) -> Result<Vec<Kind>, StoreError> {
    let mut keys = redis::cmd("HKEYS");
    keys.arg(store.link.key("kinds"));
    let names = Reply::of(store.link.ask(&keys).await?)?.texts()?;
    let mut deployed: Vec<Kind> = names.iter().map(|name| Kind::trusted(name)).collect();
    deployed.sort();
    Ok(deployed)
}

fn unknown_kind(jobs: &[NewJob], index: usize, deployed: &[Kind]) -> EnqueueError {
    match jobs.get(index) {
        Some(job) => {
            let (kind, nearest) = (job.kind.clone(), nearest(&job.kind, deployed.iter()));
            EnqueueError::UnknownKind { index, kind, nearest }
        }
        None => not_understood("a push has fewer jobs than were refused").into(),
    }
}
