//! One job: whole, its attempts, its log, its work data.

use std::collections::BTreeMap;

use bytes::Bytes;
use cofferdam_queue::{AttemptView, JobId, JobView, LogView, PartName, PartView};

use super::super::error::not_understood;
use super::super::link::Tries;
use super::super::reply::{Read, Reply, Words, bytes, maybe_bytes, parse, text, unpack};
use super::super::script;
use super::super::store::RedisStore;
use super::house::house;
use super::look;
use super::standing::PastAttempt;

/// So many chunks of work data are read at once.
const CHUNKS_MAX: usize = 16;

pub(in super::super) async fn job(store: &RedisStore, id: JobId) -> Read<Option<JobView>> {
    let Some(found) = look::whole(store, &id).await? else { return Ok(None) };
    let summary = found.summary(&house(store).await?);
    let standing = found.standing.clone().unwrap_or_default();
    let (lease, over, wrote) = (found.lease.as_ref(), found.over.as_ref(), found.wrote.as_ref());
    let ended_at_start = over.and_then(|over| over.attempt.as_ref()).map(|attempt| attempt.started_at);
    let started_before = found.last.as_ref().map(|last| last.started_at);
    Ok(Some(JobView {
        summary,
        counters: over.and_then(|over| over.counters).unwrap_or(standing.counters),
        step: found.step(),
        worker: lease.map(|lease| lease.worker.clone()),
        cancel_requested: lease.is_some_and(|lease| lease.cancel),
        checkpoint_count: wrote.map_or(0, |wrote| wrote.checkpoint.count),
        checkpoint_bytes: wrote.map(|wrote| wrote.bytes),
        checkpoint_at: wrote.map(|wrote| wrote.checkpoint.at),
        checkpoint_module: wrote.map(|wrote| wrote.checkpoint.module),
        fuel_spent: standing.fuel_spent.saturating_add(over.map_or(0, |over| over.fuel_used)),
        wall_spent_ms: standing.wall_spent_ms.saturating_add(over.map_or(0, |over| over.wall_ms)),
        started_at: lease.map(|lease| lease.started_at).or(ended_at_start).or(started_before),
        finished_at: over.map(|over| over.finished_at),
        output: over.map(|over| over.output()).transpose()?.flatten(),
        parent: found.parent,
        progress: found.progress,
        input: found.input,
    }))
}

async fn number_of(store: &RedisStore, id: &JobId) -> Read<Option<u64>> {
    let mut cmd = redis::cmd("HGET");
    cmd.arg(store.link.key("ids")).arg(id.as_str());
    match maybe_bytes(store.link.ask(&cmd).await?)? {
        Some(n) => parse(&text(n)?).map(Some),
        None => Ok(None),
    }
}

pub(in super::super) async fn attempts(store: &RedisStore, id: JobId) -> Read<Vec<AttemptView>> {
    let Some(found) = look::whole(store, &id).await? else { return Ok(Vec::new()) };
    let mut cmd = redis::cmd("LRANGE");
    cmd.arg(store.link.key(&format!("attempts:{}", found.n))).arg(0).arg(-1);
    let mut kept = Reply::of(store.link.ask(&cmd).await?)?;
    let mut attempts = Vec::new();
    while !kept.is_empty() {
        let Some(past) = PastAttempt::read(&kept.bytes()?)? else { continue };
        let PastAttempt { number: attempt, outcome, ended_at, report, .. } = past;
        attempts.push(AttemptView { attempt, outcome, ended_at, report });
    }
    if let Some(over) = &found.over
        && let Some(last) = &over.attempt
        // It may have ended between the two questions.
        && attempts.last().is_none_or(|before| before.attempt < last.number)
    {
        let (outcome, ended_at, report) = (last.outcome, over.finished_at, over.report()?);
        attempts.push(AttemptView { attempt: last.number, outcome, ended_at, report });
    }
    Ok(attempts)
}

pub(in super::super) async fn logs(store: &RedisStore, id: JobId, after: u64) -> Read<LogView> {
    let mut cmd = store.begin(&script::LOG);
    cmd.arg(id.as_str()).arg(after);
    let mut reply = Reply::of(store.run(&script::LOG, &cmd, Tries::UntilDone).await?)?;
    let logged = reply.number()?;
    let mut written = reply.array()?;
    let mut lines = Vec::new();
    while !written.is_empty() {
        let line = serde_json::from_slice(&written.bytes()?);
        lines.push(line.map_err(|error| not_understood(&format!("a log line: {error}")))?);
    }
    Ok(LogView { next: if lines.is_empty() { after } else { logged }, lines })
}

/// The part and size of each chunk, by effect number.
async fn chunks(store: &RedisStore, n: u64) -> Read<BTreeMap<u64, (PartName, u64)>> {
    let mut cmd = redis::cmd("HGETALL");
    cmd.arg(store.link.key(&format!("parts:{n}")));
    let mut chunks = BTreeMap::new();
    for (number, value) in Reply::of(store.link.ask(&cmd).await?)?.pairs()? {
        if number != "top" {
            let mut words = Words(&value);
            let part = PartName::trusted(words.word()?);
            chunks.insert(parse(&number)?, (part, words.parse()?));
        }
    }
    Ok(chunks)
}

pub(in super::super) async fn parts(store: &RedisStore, id: JobId) -> Read<Vec<PartView>> {
    let Some(n) = number_of(store, &id).await? else { return Ok(Vec::new()) };
    let mut parts: BTreeMap<PartName, (u64, u64)> = BTreeMap::new();
    for (part, bytes) in chunks(store, n).await?.into_values() {
        let (count, size) = parts.entry(part).or_default();
        *count += 1;
        *size += bytes;
    }
    Ok(parts.into_iter().map(|(part, (chunks, bytes))| PartView { part, chunks, bytes }).collect())
}

pub(in super::super) async fn part(store: &RedisStore, id: JobId, wanted: PartName) -> Read<Vec<Bytes>> {
    let Some(n) = number_of(store, &id).await? else { return Ok(Vec::new()) };
    let of_part = chunks(store, n).await?.into_iter().filter(|(_, (part, _))| *part == wanted);
    let numbers: Vec<u64> = of_part.map(|(number, _)| number).collect();
    let mut read = Vec::with_capacity(numbers.len());
    for some in numbers.chunks(CHUNKS_MAX) {
        let mut cmd = redis::cmd("HMGET");
        cmd.arg(store.link.key(&format!("append:{n}")));
        for number in some {
            cmd.arg(*number);
        }
        let redis::Value::Array(values) = store.link.ask(&cmd).await? else {
            return Err(not_understood("work data is no array"));
        };
        // A chunk may have been cut back between the two questions.
        for value in values.into_iter().filter(|value| *value != redis::Value::Nil) {
            read.push(unpack(&bytes(value)?)?);
        }
    }
    Ok(read)
}
