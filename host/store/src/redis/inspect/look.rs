//! Jobs as the script `look` finds them.

use bytes::Bytes;
use cofferdam_queue::{JobId, JobSummary, Kind, Progress, QueueName, State, Timestamp, message_of};

use super::super::link::Tries;
use super::super::reply::{Read, Reply, Words, unpack};
use super::super::script;
use super::super::store::RedisStore;
use super::house::House;
use super::standing::{Lease, Over, PastAttempt, Standing};
use super::wrote::{self, Wrote};

/// A job, with all that says where it stands.
pub(in super::super) struct Found {
    pub(in super::super) n: u64,
    pub(in super::super) id: JobId,
    pub(in super::super) kind: Kind,
    pub(in super::super) queue: QueueName,
    pub(in super::super) parent: Option<JobId>,
    pub(in super::super) enqueued_at: Timestamp,
    /// Not read for a list.
    pub(in super::super) input: Bytes,
    pub(in super::super) lease: Option<Lease>,
    pub(in super::super) over: Option<Over>,
    pub(in super::super) standing: Option<Standing>,
    pub(in super::super) wrote: Option<Wrote>,
    pub(in super::super) last: Option<PastAttempt>,
    pub(in super::super) progress: Option<Progress>,
}

/// By number.
pub(in super::super) async fn numbered(store: &RedisStore, ns: &[u64]) -> Read<Vec<Found>> {
    let ns: Vec<String> = ns.iter().map(u64::to_string).collect();
    look(store, 'n', false, &ns).await
}

/// By id, whole.
pub(in super::super) async fn whole(store: &RedisStore, id: &JobId) -> Read<Option<Found>> {
    Ok(look(store, 'i', true, &[id.as_str().to_owned()]).await?.pop())
}

async fn look(store: &RedisStore, by: char, whole: bool, names: &[String]) -> Read<Vec<Found>> {
    let mut cmd = store.begin(&script::LOOK);
    cmd.arg(by.to_string()).arg(u8::from(whole)).arg(names.len());
    for name in names {
        cmd.arg(name);
    }
    let mut reply = Reply::of(store.run(&script::LOOK, &cmd, Tries::UntilDone).await?)?;
    let mut found = Vec::new();
    while !reply.is_empty() {
        found.push(read(&mut reply, whole)?);
    }
    Ok(found)
}

pub(in super::super) fn read(reply: &mut Reply, whole: bool) -> Read<Found> {
    let n = reply.number()?;
    let pushed = reply.bytes()?;
    let mut words = Words(&pushed);
    let (queue, kind) = (QueueName::trusted(words.word()?), Kind::trusted(words.word()?));
    let enqueued_at = Timestamp(words.parse()?);
    let parent: Option<String> = words.maybe()?;
    let id = JobId::trusted(words.word()?);
    let input = if whole { unpack(words.rest())? } else { Bytes::new() };
    let (lease, over) = (Lease::read(&reply.bytes()?)?, Over::read(&reply.bytes()?)?);
    let (standing, wrote) = (Standing::read(&reply.bytes()?)?, wrote::read(&reply.bytes()?)?);
    let last = PastAttempt::read(&reply.bytes()?)?;
    let progress = reply.bytes()?;
    let progress = if progress.is_empty() { None } else { serde_json::from_slice(&progress).ok() };
    let parent = parent.as_deref().map(JobId::trusted);
    Ok(Found { n, id, kind, queue, parent, enqueued_at, input, lease, over, standing, wrote, last, progress })
}

impl Found {
    pub(in super::super) fn state(&self) -> State {
        match (&self.lease, &self.over, &self.standing) {
            (Some(_), ..) => State::Running,
            (None, Some(over), _) => over.state,
            (None, None, Some(standing)) => standing.state,
            (None, None, None) => State::Available,
        }
    }

    pub(in super::super) fn step(&self) -> u8 {
        let ended = self.over.as_ref().and_then(|over| over.step);
        ended.or(self.standing.as_ref().map(|standing| standing.step)).unwrap_or(0)
    }

    pub(in super::super) fn summary(&self, house: &House) -> JobSummary {
        let state = self.state();
        let standing = self.standing.as_ref();
        let last = self.over.as_ref().and_then(|over| over.attempt.as_ref());
        let at = match (&self.lease, &self.over) {
            (Some(lease), _) => lease.started_at,
            (None, Some(over)) => over.finished_at,
            (None, None) => standing.map_or(self.enqueued_at, |standing| standing.at),
        };
        let attempt = match (&self.lease, last) {
            (Some(lease), _) => lease.token.attempt,
            (None, Some(last)) => last.number,
            (None, None) => standing.map_or(0, |standing| standing.attempt),
        };
        let reason = match state {
            State::Available => house.why_not_run(&self.queue, &self.kind, self.step()),
            State::Retryable | State::Scheduled => {
                self.last.as_ref().and_then(|last| message_of(&last.report))
            }
            _ => self.over.as_ref().and_then(|over| over.reason.clone()),
        };
        JobSummary {
            id: self.id.clone(),
            kind: self.kind.clone(),
            queue: self.queue.clone(),
            state,
            outcome: last.map(|last| last.outcome).or(self.last.as_ref().map(|last| last.outcome)),
            attempt,
            enqueued_at: self.enqueued_at,
            at,
            reason,
        }
    }
}
