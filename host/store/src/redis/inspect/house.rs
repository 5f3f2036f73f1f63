//! The house as a whole: queues, workers, counts, and why a job is not run.

use std::collections::{BTreeMap, BTreeSet};

use cofferdam_queue::{
    Kind, Manifest, QueueName, QueueView, State, Timestamp, WorkerFacts, WorkerId, WorkerView,
};

use super::super::error::not_understood;
use super::super::heartbeat::order_of;
use super::super::lanes::Lane;
use super::super::link::Tries;
use super::super::modules;
use super::super::reply::{Read, Reply, Words, parse};
use super::super::script;
use super::super::store::RedisStore;
use crate::waiting;

/// What a list of jobs is read with.
pub(in super::super) struct House {
    paused: BTreeSet<QueueName>,
    manifests: BTreeMap<Kind, Manifest>,
    workers: Vec<WorkerFacts>,
}

pub(in super::super) async fn house(store: &RedisStore) -> Read<House> {
    let mut cmd = redis::cmd("SMEMBERS");
    cmd.arg(store.link.key("paused"));
    let paused = Reply::of(store.link.ask(&cmd).await?)?.texts()?;
    let workers = workers(store).await?.into_iter().map(|view| view.facts).collect();
    let paused = paused.iter().map(|queue| QueueName::trusted(queue)).collect();
    Ok(House { paused, manifests: modules::manifests(store).await?, workers })
}

impl House {
    /// Why no worker will take a job; `None` when one will.
    pub(in super::super) fn why_not_run(&self, queue: &QueueName, kind: &Kind, step: u8) -> Option<String> {
        let paused = self.paused.contains(queue);
        waiting::why_not_run(queue, kind, step, paused, self.manifests.get(kind), &self.workers)
    }
}

/// The queues, and how many jobs are available.
struct Standings {
    queues: BTreeMap<QueueName, QueueView>,
    available: u64,
}

async fn standings(store: &RedisStore) -> Read<Standings> {
    let cmd = store.begin(&script::QUEUES);
    let mut reply = Reply::of(store.run(&script::QUEUES, &cmd, Tries::UntilDone).await?)?;
    let (running, late) = (reply.array()?.texts()?, reply.array()?.pairs()?);
    let (paused, known, mut lanes) = (reply.array()?.texts()?, reply.array()?.texts()?, reply.array()?);
    let mut found = Standings { queues: BTreeMap::new(), available: 0 };
    let mut view = |queue: &str, change: &mut dyn FnMut(&mut QueueView)| {
        let queue = QueueName::trusted(queue);
        let view = found.queues.entry(queue.clone()).or_insert(QueueView {
            queue,
            paused: false,
            available: 0,
            running: 0,
            scheduled: 0,
            oldest_at: None,
        });
        change(view);
    };
    known.iter().for_each(|queue| view(queue, &mut |_| ()));
    paused.iter().for_each(|queue| view(queue, &mut |view| view.paused = true));
    running.iter().for_each(|queue| view(queue, &mut |view| view.running += 1));
    for (queue, count) in late {
        let count = parse(&super::super::reply::text(count)?)?;
        view(&queue, &mut |view| view.scheduled = count);
    }
    let mut available = 0;
    while !lanes.is_empty() {
        let lane = Lane::parse(&lanes.text()?)?;
        let (count, oldest) = (lanes.number()?, lanes.maybe_number()?.map(Timestamp));
        available += count;
        view(lane.queue.as_str(), &mut |view| {
            view.available += count;
            view.oldest_at = [view.oldest_at, oldest].into_iter().flatten().min();
        });
    }
    found.available = available;
    Ok(found)
}

pub(in super::super) async fn queues(store: &RedisStore) -> Read<Vec<QueueView>> {
    Ok(standings(store).await?.queues.into_values().collect())
}

pub(in super::super) async fn counts(store: &RedisStore) -> Read<Vec<(State, u64)>> {
    let standings = standings(store).await?;
    let mut counts = Vec::with_capacity(State::ALL.len());
    for state in State::ALL {
        let (command, key) = match state {
            State::Available => {
                counts.push((state, standings.available));
                continue;
            }
            State::Running => ("HLEN", "lease".to_owned()),
            State::Completed => ("HGET", "head".to_owned()),
            State::Scheduled | State::Retryable | State::Waiting => ("ZCARD", format!("due:{}", state as u8)),
            State::Dead | State::Cancelled | State::Discarded => ("ZCARD", format!("over:{}", state as u8)),
        };
        let mut cmd = redis::cmd(command);
        cmd.arg(store.link.key(&key));
        if state == State::Completed {
            cmd.arg("completed");
        }
        let count = match store.link.ask(&cmd).await? {
            redis::Value::Nil => 0,
            value => parse(&super::super::reply::text(super::super::reply::bytes(value)?)?)?,
        };
        counts.push((state, count));
    }
    Ok(counts)
}

/// Live workers, in the order of signing on.
pub(in super::super) async fn workers(store: &RedisStore) -> Read<Vec<WorkerView>> {
    let cmd = store.begin(&script::WORKERS);
    let mut reply = Reply::of(store.run(&script::WORKERS, &cmd, Tries::UntilDone).await?)?;
    let now = Timestamp(reply.number()?);
    let records = reply.array()?.pairs()?;
    let facts: BTreeMap<String, Vec<u8>> = reply.array()?.pairs()?.into_iter().collect();
    let mut live: Vec<(u64, WorkerView)> = Vec::new();
    for (id, record) in records {
        let mut words = Words(&record);
        let number = words.parse()?;
        words.word()?;
        let expires_at = Timestamp(words.parse()?);
        let (order, quiet) = (order_of(words.word()?)?, words.word()? == "1");
        let (running, reserved_bytes) = (words.parse()?, words.parse()?);
        let facts = facts
            .get(&id)
            .ok_or_else(|| not_understood(&format!("worker `{}` has no facts", WorkerId::trusted(&id))))?;
        let facts: WorkerFacts = serde_json::from_slice(facts)
            .map_err(|error| not_understood(&format!("worker `{id}`: {error}")))?;
        if expires_at > now {
            let view = WorkerView { facts, order, quiet, running, reserved_bytes, expires_at, lost: false };
            live.push((number, view));
        }
    }
    live.sort_by_key(|(number, _)| *number);
    Ok(live.into_iter().map(|(_, view)| view).collect())
}
