//! Claim: the jobs that stand first, among those that this worker can run now.
//!
//! Only the heads of the lanes are looked at, so that the cost does not grow with the
//! queue: from each lane a prefix is taken, and moved from `ready` to `lease` as a whole.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use cofferdam_queue::Outcome;
use cofferdam_queue::{
    Checkpoint, Claim, Claimed, Counters, JobId, ModuleHash, Program, Starved, Timestamp, Token, given_back,
};
use rusqlite::{OptionalExtension, Row};

use super::desk::Desk;
use super::error::Sql;
use super::lanes::Lane;
use super::reap;
use super::settle::{Ended, LEASE_COLUMNS, Lease, settle, standing};

/// The most entries of a lane that are read at once.
const CHUNK_MAX: usize = 256;

/// What a claim got.
#[derive(Default)]
pub(super) struct Got {
    pub(super) claimed: Vec<Claimed>,
    pub(super) expired: bool,
    pub(super) starved: Option<Starved>,
}

/// One entry of a lane.
#[derive(Clone, Copy)]
struct Waiting {
    ord: i64,
    n: i64,
    at: i64,
    attempt: u32,
}

/// A lane from which this worker may take.
struct Head<'p> {
    number: i64,
    lane: Arc<Lane>,
    program: &'p Program,
    reservation_bytes: u64,
    rank: usize,
    waiting: VecDeque<Waiting>,
    /// The place up to which was read.
    read_to: i64,
    taken: Vec<Waiting>,
}

pub(super) fn claim(desk: &mut Desk<'_>, claim: &Claim) -> Sql<Got> {
    let Some(worker) = reap::signed_on(desk, &claim.worker)? else {
        // What it was given may be hinted at for ever otherwise.
        desk.given.clear();
        return Ok(Got { expired: true, ..Got::default() });
    };
    let mut got = Got::default();
    if !take_turn(desk, worker, claim.turn)? {
        return Ok(got);
    }
    let (mut free_bytes, mut jobs_left) = (claim.free_bytes, claim.jobs_max);
    if let Some(held) = &claim.held {
        for (again, reservation_bytes) in give_again(desk, worker, claim, held)? {
            free_bytes = free_bytes.saturating_sub(reservation_bytes);
            jobs_left = jobs_left.saturating_sub(1);
            got.claimed.push(again);
        }
    }
    if claim.deploys as i64 != desk.head.deploys {
        // What it can run is not what is deployed. It hears of that by the bell.
        return Ok(got);
    }
    let mut heads = heads(desk, claim)?;
    let order = take(desk, &mut heads, &mut free_bytes, jobs_left)?;
    got.claimed.reserve(order.len());
    let mut given = Vec::with_capacity(heads.len());
    for head in &heads {
        given.push(give(desk, worker, claim, head)?.into_iter());
    }
    got.claimed.extend(order.into_iter().filter_map(|head| given[head].next()));
    got.starved = heads
        .iter()
        .filter(|head| head.reservation_bytes > free_bytes)
        .filter_map(|head| head.waiting.front().map(|first| (first.ord, first.at, head.reservation_bytes)))
        .min()
        .map(|(_, at, reservation_bytes)| Starved { reservation_bytes, available_at: Timestamp(at as u64) });
    Ok(got)
}

/// `false`: a later claim was here before it, and nobody waits for this one's answer any more.
fn take_turn(desk: &mut Desk<'_>, worker: i64, turn: u64) -> Sql<bool> {
    let taken = desk.hot.take_turn.execute((turn as i64, worker))?;
    Ok(taken == 1)
}

/// The first entries of the lanes that this worker serves, may run, and has the budget for.
fn heads<'p>(desk: &mut Desk<'_>, claim: &'p Claim) -> Sql<Vec<Head<'p>>> {
    let paused = desk.paused()?;
    let (mut heads, mut last) = (Vec::new(), 0_i64);
    while let Some(number) = desk.hot.next_lane.query_row([last], |row| row.get(0)).optional()? {
        last = number;
        let lane = desk.lanes.lane(number)?;
        let rank = match claim.queues.iter().position(|queue| *queue == lane.queue) {
            Some(rank) => rank,
            None if claim.queues.is_empty() => 0,
            None => continue,
        };
        let Some(program) = program(claim, &lane) else { continue };
        let reservation_bytes = program.reservation_bytes(lane.step);
        if reservation_bytes > claim.budget_bytes || paused.contains(&lane.queue) {
            continue;
        }
        let mut head = Head {
            number,
            lane,
            program,
            reservation_bytes,
            rank,
            waiting: VecDeque::new(),
            read_to: 0,
            taken: Vec::new(),
        };
        let fitting = claim.free_bytes.checked_div(reservation_bytes).unwrap_or(u64::MAX);
        let wanted = claim.jobs_max.min(usize::try_from(fitting).unwrap_or(usize::MAX));
        look(desk, &mut head, wanted.saturating_add(1))?;
        heads.push(head);
    }
    Ok(heads)
}

/// The program that goes on with the jobs of a lane: the kind's newest if it can.
fn program<'p>(claim: &'p Claim, lane: &Lane) -> Option<&'p Program> {
    let fits = |program: &&Program| program.kind == lane.kind && program.continues(lane.wrote);
    let mut fitting = claim.programs.iter().filter(fits);
    let first = fitting.next()?;
    if first.current { Some(first) } else { Some(fitting.find(|program| program.current).unwrap_or(first)) }
}

/// Read on in a lane.
fn look(desk: &mut Desk<'_>, head: &mut Head<'_>, wanted: usize) -> Sql<()> {
    let mut rows = desk.hot.look.query((head.number, head.read_to, wanted.min(CHUNK_MAX) as i64))?;
    while let Some(row) = rows.next()? {
        let waiting = Waiting { ord: row.get(0)?, n: row.get(1)?, at: row.get(2)?, attempt: row.get(3)? };
        head.read_to = waiting.ord;
        head.waiting.push_back(waiting);
    }
    Ok(())
}

/// Merge the lanes: by queue, then by place in line, passing over what does not fit. Returns
/// from which lane each next job comes.
fn take(
    desk: &mut Desk<'_>,
    heads: &mut [Head<'_>],
    free_bytes: &mut u64,
    mut jobs_left: usize,
) -> Sql<Vec<usize>> {
    let mut firsts: BinaryHeap<Reverse<(usize, i64, usize)>> = BinaryHeap::with_capacity(heads.len());
    for (index, head) in heads.iter().enumerate() {
        firsts.extend(head.waiting.front().map(|first| Reverse((head.rank, first.ord, index))));
    }
    let mut order = Vec::with_capacity(jobs_left.min(CHUNK_MAX));
    while jobs_left > 0
        && let Some(Reverse((rank, _, index))) = firsts.pop()
    {
        let head = &mut heads[index];
        // What is free only shrinks: a lane that does not fit now is done with.
        let Some(left) = free_bytes.checked_sub(head.reservation_bytes) else { continue };
        let Some(first) = head.waiting.pop_front() else { continue };
        *free_bytes = left;
        jobs_left -= 1;
        head.taken.push(first);
        order.push(index);
        if head.waiting.is_empty() {
            look(desk, head, jobs_left.saturating_add(1))?;
        }
        firsts.extend(head.waiting.front().map(|next| Reverse((rank, next.ord, index))));
    }
    Ok(order)
}

/// Give what was taken of a lane, which is its beginning: read it, and move it as a whole
/// from the line under leases.
fn give(desk: &mut Desk<'_>, worker: i64, claim: &Claim, head: &Head<'_>) -> Sql<Vec<Claimed>> {
    let Some(last) = head.taken.last() else { return Ok(Vec::new()) };
    let (module, now) = (desk.module_number(&head.program.module)?, desk.now.0 as i64);
    let mut given = Vec::with_capacity(head.taken.len());
    let mut rows = desk.hot.read_taken.query((head.number, last.ord))?;
    for waiting in &head.taken {
        let Some(row) = rows.next()? else { break };
        let token = Token { attempt: waiting.attempt + 1, nonce: claim.random };
        let lease = Lease {
            n: waiting.n,
            attempt: token.attempt,
            nonce: token.nonce as i64,
            seq: 0,
            fresh: waiting.attempt == 0 && waiting.ord == waiting.n,
            progressed: false,
            cancel: false,
            started_at: now,
            module,
        };
        let claimed = claimed(row, &head.lane, head.program, token, waiting.at)?;
        desk.given.insert(claimed.id.clone(), lease);
        given.push(claimed);
    }
    drop(rows);
    desk.hot.lease_taken.execute((worker, claim.random as i64, module, now, head.number, last.ord))?;
    desk.hot.delete_taken.execute((head.number, last.ord))?;
    for (claimed, waiting) in given.iter_mut().zip(&head.taken) {
        if waiting.attempt > 0 || waiting.ord != waiting.n {
            add_past(desk, waiting.n, head.lane.wrote.is_some(), claimed)?;
        }
    }
    Ok(given)
}

/// A job as it was pushed, from (id, input, enqueued_at).
fn claimed(row: &Row<'_>, lane: &Lane, program: &Program, token: Token, available_at: i64) -> Sql<Claimed> {
    Ok(Claimed {
        id: JobId::trusted(row.get_ref(0)?.as_str()?),
        kind: lane.kind.clone(),
        queue: lane.queue.clone(),
        token,
        module: program.module,
        step: lane.step,
        input: Bytes::copy_from_slice(row.get_ref(1)?.as_blob()?),
        checkpoint: None,
        counters: Counters::default(),
        fuel_spent: 0,
        wall_spent_ms: 0,
        enqueued_at: Timestamp(row.get::<_, i64>(2)? as u64),
        available_at: Timestamp(available_at as u64),
    })
}

/// What it has been through since.
fn add_past(desk: &Desk<'_>, n: i64, has_checkpoint: bool, claimed: &mut Claimed) -> Sql<()> {
    let standing = standing(desk, n)?;
    claimed.counters = standing.counters;
    claimed.fuel_spent = standing.fuel_spent;
    claimed.wall_spent_ms = standing.wall_spent_ms;
    claimed.checkpoint = if has_checkpoint { checkpoint(desk, n)? } else { None };
    cut_back(desk, n, claimed.checkpoint.as_ref())
}

fn checkpoint(desk: &Desk<'_>, n: i64) -> Sql<Option<Checkpoint>> {
    desk.sql("SELECT state, next_effect, module, version, count, at FROM checkpoint WHERE n = ?")?
        .query_row([n], |row| {
            Ok(Checkpoint {
                state: Bytes::copy_from_slice(row.get_ref(0)?.as_blob()?),
                next_effect: row.get::<_, i64>(1)? as u64,
                module: ModuleHash(row.get(2)?),
                version: row.get(3)?,
                count: row.get::<_, i64>(4)? as u64,
                at: Timestamp(row.get::<_, i64>(5)? as u64),
            })
        })
        .optional()
}

/// Work data beyond the checkpoint is done again: what is there of it goes.
fn cut_back(desk: &Desk<'_>, n: i64, checkpoint: Option<&Checkpoint>) -> Sql<()> {
    let from = checkpoint.map_or(0, |checkpoint| checkpoint.next_effect);
    desk.sql("DELETE FROM append WHERE n = ? AND number >= ?")?.execute((n, from as i64))?;
    Ok(())
}

/// After a lost reply: the jobs under this worker's lease of which it has never heard, each
/// with what it reserves. What it heard of but no longer holds is given back.
fn give_again(desk: &mut Desk<'_>, worker: i64, claim: &Claim, held: &[JobId]) -> Sql<Vec<(Claimed, u64)>> {
    let held: HashSet<&str> = held.iter().map(JobId::as_str).collect();
    let mut unheard = Vec::new();
    {
        let columns = LEASE_COLUMNS.split(", ").map(|column| format!("lease.{column}")).collect::<Vec<_>>();
        let mut statement = desk.sql(&format!(
            "SELECT {}, job.id FROM lease JOIN job ON job.n = lease.n WHERE worker = ?",
            columns.join(", ")
        ))?;
        let mut rows = statement.query([worker])?;
        while let Some(row) = rows.next()? {
            if !held.contains(row.get_ref(9)?.as_str()?) {
                unheard.push(Lease::read(row)?);
            }
        }
    }
    let mut again = Vec::new();
    for lease in unheard {
        let standing = standing(desk, lease.n)?;
        let lane = desk.lanes.lane(standing.lane)?;
        let mut program = None;
        for known in claim.programs.iter().filter(|known| known.kind == lane.kind) {
            if desk.module_number(&known.module)? == lease.module {
                program = Some(known);
            }
        }
        match program {
            Some(program) if lease.seq == 0 && !lease.cancel => {
                let token = Token { attempt: lease.attempt, nonce: lease.nonce as u64 };
                let at = lease.started_at;
                let mut claimed = desk
                    .sql("SELECT id, input, enqueued_at FROM job WHERE n = ?")?
                    .query_row([lease.n], |row| claimed(row, &lane, program, token, at))?;
                add_past(desk, lease.n, lane.wrote.is_some(), &mut claimed)?;
                desk.given.insert(claimed.id.clone(), lease);
                again.push((standing.ord, claimed, program.reservation_bytes(lane.step)));
            }
            _ => {
                let verdict = given_back(standing.counters, lease.progressed, lane.step);
                let ended = Ended::without_report(Outcome::Interrupted, &verdict, lease.seq);
                settle(desk, &lease, &ended)?;
            }
        }
    }
    again.sort_by_key(|(ord, ..)| *ord);
    Ok(again.into_iter().map(|(_, claimed, reservation_bytes)| (claimed, reservation_bytes)).collect())
}
