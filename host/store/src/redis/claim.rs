//! Exchange: the commits of many attempts and the next claim, in one round trip.

use std::sync::Arc;

use cofferdam_queue::{
    Checkpoint, Claim, Claimed, Commit, Counters, Exchange, Exchanged, JobId, Kind, ModuleHash, QueueName,
    Starved, StoreError, Timestamp, Token,
};
use redis::Cmd;

use super::commit;
use super::error::not_understood;
use super::inspect::{standing::Standing, wrote};
use super::lanes::Term;
use super::link::Tries;
use super::recall;
use super::reply::{Read, Reply, Words, parse, unpack};
use super::script;
use super::store::RedisStore;

/// Lua's numbers are exact up to here.
const EXACT_MAX: u64 = 1 << 53;
/// A claim is sent this often at most: again when it met a lane of which this handle had not heard,
/// because the first in line may stand there. Each is a turn of its own.
const SENDINGS: u64 = 4;

pub(super) async fn exchange(store: &RedisStore, exchange: Exchange) -> Read<Exchanged> {
    let answer = ask(store, exchange).await;
    if answer.is_err() {
        // What it asked for may be there still.
        store.handed.there_may_be_more();
    }
    answer
}

async fn ask(store: &RedisStore, exchange: Exchange) -> Read<Exchanged> {
    let Exchange { commits, claim } = exchange;
    let mut answer = Exchanged::default();
    let mut left = claim;
    if let Some(claim) = left.as_mut().filter(|claim| claim.held.is_some()) {
        // What was applied before is known only when the commits are in.
        let committed = send(store, &commits, None, 0, 0).await?;
        answer.replies = committed.answer.replies;
        answer.next_due_at = committed.answer.next_due_at;
        let turn = turn_of(claim, 0);
        if !recall::recall(store, claim, turn, &mut answer).await? {
            return Ok(answer);
        }
        let heard = store.handed.tell(claim);
        return claim_on(store, &[], left, (1, heard), answer).await;
    }
    if commits.is_empty()
        && left.is_some()
        && let Some(answer) = store.handed.answer()
    {
        return Ok(answer);
    }
    let Some(claim) = left.as_mut() else {
        return claim_on(store, &commits, left, (0, 0), answer).await;
    };
    let heard = store.handed.tell(claim);
    let mut answer = claim_on(store, &commits, left, (0, heard), answer).await?;
    // Only now: if there was no answer, the next claim brings them.
    answer.claimed.splice(0..0, store.handed.take());
    Ok(answer)
}

/// Claims again when a lane turned up of which this handle had not heard.
async fn claim_on(
    store: &RedisStore,
    commits: &[Commit],
    claim: Option<Claim>,
    (first, heard): (u64, u64),
    mut answer: Exchanged,
) -> Read<Exchanged> {
    let mut commits = commits;
    for sending in first..SENDINGS {
        let sent = send(store, commits, claim.as_ref(), sending, heard).await?;
        answer.replies.extend(sent.answer.replies);
        answer.expired = sent.answer.expired;
        answer.starved = sent.answer.starved;
        answer.next_due_at = sent.answer.next_due_at;
        answer.claimed.extend(sent.answer.claimed);
        if claim.is_some() && !answer.expired && sent.handed != heard {
            // It was on its way while this worker asked, and nothing else was given to it.
            if sent.handed < heard || !store.handed.until(sent.handed).await {
                let shown = store.link.shown();
                let message = format!(
                    "`{shown}` gave this worker a job in a message that did not arrive; asking for it"
                );
                return Err(StoreError::Unavailable { message, maybe_applied: true });
            }
            break;
        }
        if !sent.learnt {
            break;
        }
        commits = &[];
    }
    store.handed.is_due_next(answer.next_due_at);
    Ok(answer)
}

struct Answered {
    answer: Exchanged,
    /// There are lanes that the claim did not speak of.
    learnt: bool,
    /// How often the worker was handed jobs.
    handed: u64,
}

async fn send(
    store: &RedisStore,
    commits: &[Commit],
    claim: Option<&Claim>,
    sending: u64,
    heard: u64,
) -> Read<Answered> {
    // Most commits are an end with a report; buffers that grow by copying cost more than the writing.
    let mut cmd = store.begin_sized(&script::EXCHANGE, 3 * commits.len(), 320 * commits.len());
    let order = commit::write_all(&mut cmd, commits, &store.there);
    let (terms, others) = claim.map(|claim| store.lanes().terms(claim)).unwrap_or_default();
    match claim {
        Some(claim) => write(cmd.arg(1), claim, sending, heard, &terms, &others),
        None => {
            cmd.arg(0);
        }
    }
    let mut reply = Reply::of(store.run(&script::EXCHANGE, &cmd, Tries::Once).await?)?;
    let now_ms = reply.number()?;
    store.there.is(now_ms);
    let skew = store.skew(now_ms);
    let replies = commit::replies(&reply.text()?, &order)?;
    let what = reply.text()?;
    let unknown = reply.array()?.texts()?;
    let starved = reply.text()?;
    let next_due_at = reply.maybe_number()?.map(|at| skew.here(at));
    store.hear(&reply.text()?);
    let handed = reply.number()?;
    let nonce = claim.map_or(0, |claim| claim.random);
    let mut given = reply.array()?;
    let mut claimed = Vec::new();
    while !given.is_empty() {
        let (place, count) = (given.signed()?, given.number()?);
        let term = terms.get((place.unsigned_abs() as usize).wrapping_sub(1));
        let term = term.ok_or_else(|| not_understood("a job of a lane that was not asked for"))?;
        let (module, step) = (term.program.module, term.lane.step);
        if place > 0 {
            let (lease, ns) = (Arc::from(given.text()?), given.text()?);
            let from = claimed.len();
            for _ in 0..count {
                claimed.push(read(&given.bytes()?, Token { attempt: 1, nonce }, module, step)?);
            }
            let ns = ns.split(' ').map(parse).collect::<Read<Vec<u64>>>()?;
            let ids = claimed[from..].iter().map(|job| &job.id);
            store.there.began(ns.into_iter().zip(ids), &lease, nonce, now_ms);
        } else {
            for _ in 0..count {
                let pushed = given.bytes()?;
                claimed.push(read_again(&pushed, module, step, &mut given, None)?);
            }
        }
    }
    let learnt = !unknown.is_empty();
    store.lanes().learn(unknown)?;
    let answer =
        Exchanged { replies, claimed, expired: what == "expired", starved: starving(&starved)?, next_due_at };
    Ok(Answered { answer, learnt, handed })
}

fn write(cmd: &mut Cmd, claim: &Claim, sending: u64, heard: u64, terms: &[Term<'_>], others: &[String]) {
    cmd.arg(claim.worker.as_str())
        .arg(turn_of(claim, sending))
        .arg(heard)
        .arg(claim.stays)
        .arg(claim.deploys)
        .arg(claim.jobs_max)
        .arg(claim.free_bytes.min(EXACT_MAX))
        .arg(format!("{:016x}", claim.random))
        .arg(terms.len());
    for term in terms {
        cmd.arg(&term.name)
            .arg(term.rank)
            .arg(term.reservation_bytes.min(EXACT_MAX))
            .arg(term.program.module.to_string());
    }
    cmd.arg(others.len());
    for name in others {
        cmd.arg(name);
    }
}

fn turn_of(claim: &Claim, sending: u64) -> u64 {
    claim.turn.saturating_mul(SENDINGS).saturating_add(sending)
}

fn starving(text: &str) -> Read<Option<Starved>> {
    let Some((reservation_bytes, at)) = text.split_once(' ') else { return Ok(None) };
    Ok(Some(Starved { reservation_bytes: parse(reservation_bytes)?, available_at: Timestamp(parse(at)?) }))
}

/// A job as it was pushed, under a lease.
pub(super) fn read(pushed: &[u8], token: Token, module: ModuleHash, step: u8) -> Read<Claimed> {
    let mut words = Words(pushed);
    let (queue, kind) = (QueueName::trusted(words.word()?), Kind::trusted(words.word()?));
    let enqueued_at = Timestamp(words.parse()?);
    words.word()?;
    Ok(Claimed {
        id: JobId::trusted(words.word()?),
        kind,
        queue,
        token,
        module,
        step,
        input: unpack(words.rest())?,
        checkpoint: None,
        counters: Counters::default(),
        fuel_spent: 0,
        wall_spent_ms: 0,
        enqueued_at,
        available_at: enqueued_at,
    })
}

/// One that ran before: from `given` its token, its standing, and its checkpoint. `at`: when it
/// became available, if that is not told by these.
pub(super) fn read_again(
    pushed: &[u8],
    module: ModuleHash,
    step: u8,
    given: &mut Reply,
    at: Option<Timestamp>,
) -> Read<Claimed> {
    let token = read_token(&given.text()?)?;
    let (standing, wrote_by, state) = (given.bytes()?, given.bytes()?, given.bytes()?);
    let mut claimed = read(pushed, token, module, step)?;
    if let Some(standing) = Standing::read(&standing)? {
        claimed.available_at = standing.at;
        claimed.counters = standing.counters;
        claimed.fuel_spent = standing.fuel_spent;
        claimed.wall_spent_ms = standing.wall_spent_ms;
    }
    if let Some(wrote) = wrote::read(&wrote_by)? {
        claimed.checkpoint = Some(Checkpoint { state: unpack(&state)?, ..wrote.checkpoint });
    }
    claimed.available_at = at.unwrap_or(claimed.available_at);
    Ok(claimed)
}

pub(super) fn read_token(text: &str) -> Read<Token> {
    let (attempt, nonce) = text.split_once('-').unwrap_or((text, ""));
    let nonce = u64::from_str_radix(nonce, 16);
    let nonce = nonce.map_err(|_| not_understood(&format!("`{text}` is no token")))?;
    Ok(Token { attempt: parse(attempt)?, nonce })
}
