//! The end of an attempt: its lease goes, its job moves to where the verdict says.

use cofferdam_queue::{Counters, Event, ModuleHash, Next, Outcome, Place, State, Verdict, transition};
use rusqlite::{OptionalExtension, Row};

use super::desk::Desk;
use super::error::{Sql, unknown_number};
use super::lanes::Lane;

/// A row of `lease`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) n: i64,
    pub(super) attempt: u32,
    pub(super) nonce: i64,
    /// Of the last commit applied.
    pub(super) seq: u32,
    pub(super) fresh: bool,
    pub(super) progressed: bool,
    pub(super) cancel: bool,
    pub(super) started_at: i64,
    /// What it runs, as a number of `module`.
    pub(super) module: i64,
}

pub(super) const LEASE_COLUMNS: &str =
    "n, attempt, nonce, seq, fresh, progressed, cancel, started_at, module";

impl Lease {
    pub(super) fn read(row: &Row<'_>) -> Sql<Lease> {
        Ok(Lease {
            n: row.get(0)?,
            attempt: row.get(1)?,
            nonce: row.get(2)?,
            seq: row.get(3)?,
            fresh: row.get(4)?,
            progressed: row.get(5)?,
            cancel: row.get(6)?,
            started_at: row.get(7)?,
            module: row.get(8)?,
        })
    }
}

/// A row of `standing`: what a job has been through before its present attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) lane: i64,
    pub(super) ord: i64,
    pub(super) attempt: u32,
    pub(super) counters: Counters,
    pub(super) fuel_spent: u64,
    pub(super) wall_spent_ms: u64,
}

/// The standing of job `n`; for a job that has no row, that of one just pushed.
pub(super) fn standing(desk: &Desk<'_>, n: i64) -> Sql<Standing> {
    let row = desk
        .sql(
            "SELECT lane, ord, attempt, failures, interruptions, crashes, memory_traps, idle_interruptions,
                    idle_crashes, fuel_spent, wall_spent_ms FROM standing WHERE n = ?",
        )?
        .query_row([n], |row| {
            Ok(Standing {
                lane: row.get(0)?,
                ord: row.get(1)?,
                attempt: row.get(2)?,
                counters: Counters {
                    failures: row.get(3)?,
                    interruptions: row.get(4)?,
                    crashes: row.get(5)?,
                    memory_traps: row.get(6)?,
                    idle_interruptions: row.get(7)?,
                    idle_crashes: row.get(8)?,
                },
                fuel_spent: row.get::<_, i64>(9)? as u64,
                wall_spent_ms: row.get::<_, i64>(10)? as u64,
            })
        })
        .optional()?;
    if let Some(row) = row {
        return Ok(row);
    }
    let lane = desk.sql("SELECT lane FROM job WHERE n = ?")?.query_row([n], |row| row.get(0))?;
    Ok(Standing { lane, ord: n, attempt: 0, counters: Counters::default(), fuel_spent: 0, wall_spent_ms: 0 })
}

/// How an attempt ended, whoever says so.
pub(super) struct Ended<'e> {
    pub(super) outcome: Outcome,
    pub(super) verdict: &'e Verdict,
    pub(super) seq: u32,
    /// Nothing but this end was ever committed for the job.
    pub(super) bare: bool,
    pub(super) output: Option<&'e [u8]>,
    pub(super) report: &'e [u8],
    pub(super) fuel_used: u64,
    pub(super) wall_ms: u64,
}

impl<'e> Ended<'e> {
    /// An end that no worker reported.
    pub(super) fn without_report(outcome: Outcome, verdict: &'e Verdict, seq: u32) -> Ended<'e> {
        let (output, report) = (None, &[][..]);
        Ended { outcome, verdict, seq, bare: false, output, report, fuel_used: 0, wall_ms: 0 }
    }
}

/// Move a running job to where the verdict says, and end its lease.
pub(super) fn settle(desk: &mut Desk<'_>, lease: &Lease, ended: &Ended<'_>) -> Sql<()> {
    desk.hot.end_lease.execute([lease.n])?;
    settle_ended(desk, lease, ended)
}

/// The same, for a lease that is gone already.
pub(super) fn settle_ended(desk: &mut Desk<'_>, lease: &Lease, ended: &Ended<'_>) -> Sql<()> {
    let next = ended.verdict.next.clone().unless_cancelled(lease.cancel);
    transition(State::Running, Event::Settle, next.state())
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    if next.state().is_final() { finish(desk, lease, ended, &next) } else { again(desk, lease, ended, &next) }
}

fn finish(desk: &mut Desk<'_>, lease: &Lease, ended: &Ended<'_>, next: &Next) -> Sql<()> {
    let reason = match next {
        Next::Dead(reason) | Next::Discarded(reason) => Some(reason.as_str()),
        _ => None,
    };
    let changed = ended.verdict.counters != Counters::default();
    if !lease.fresh || changed || ended.verdict.step != 0 {
        let mut standing = standing(desk, lease.n)?;
        standing.counters = ended.verdict.counters;
        standing.lane = lane_at(desk, lease.n, standing.lane, ended.verdict.step)?;
        write_standing(desk, lease.n, next.state(), &standing, desk.now.0 as i64)?;
        forget_old_attempts(desk, lease.n, lease.attempt)?;
    }
    if next.state() == State::Completed {
        desk.head.completed += 1;
    }
    desk.hot.insert_ended.execute(rusqlite::params![
        lease.n,
        next.state() as u8,
        desk.now.0 as i64,
        ended.bare && lease.fresh && !changed,
        lease.attempt,
        ended.outcome as u8,
        lease.nonce,
        ended.seq,
        lease.started_at,
        ended.fuel_used as i64,
        ended.wall_ms as i64,
        reason,
        ended.output,
        ended.report,
    ])?;
    Ok(())
}

fn again(desk: &mut Desk<'_>, lease: &Lease, ended: &Ended<'_>, next: &Next) -> Sql<()> {
    let n = lease.n;
    desk.sql(
        "INSERT INTO attempt (n, attempt, outcome, nonce, seq, started_at, ended_at, report)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute((
        n,
        lease.attempt,
        ended.outcome as u8,
        lease.nonce,
        ended.seq,
        lease.started_at,
        desk.now.0 as i64,
        ended.report,
    ))?;
    forget_old_attempts(desk, n, lease.attempt)?;
    let mut standing = standing(desk, n)?;
    standing.attempt = lease.attempt;
    standing.counters = ended.verdict.counters;
    standing.fuel_spent = standing.fuel_spent.saturating_add(ended.fuel_used);
    standing.wall_spent_ms = standing.wall_spent_ms.saturating_add(ended.wall_ms);
    standing.lane = lane_at(desk, n, standing.lane, ended.verdict.step)?;
    match *next {
        Next::Retryable(delay_ms) | Next::Scheduled(delay_ms) => {
            let due_at = (desk.now + delay_ms).0 as i64;
            write_standing(desk, n, next.state(), &standing, due_at)?;
            desk.sql("INSERT INTO due (at, n) VALUES (?, ?)")?.execute((due_at, n))?;
            desk.wake.jobs = true;
            Ok(())
        }
        Next::Available(place) => line_up(desk, n, standing, place),
        _ => Err(unknown_number("state", next.state() as i64)),
    }
}

/// Keep the newest attempts of a job that starts again and again.
pub(super) fn forget_old_attempts(desk: &Desk<'_>, n: i64, newest: u32) -> Sql<()> {
    if let Some(oldest) = newest.checked_sub(desk.config.retention.attempts_per_job) {
        desk.sql("DELETE FROM attempt WHERE n = ? AND attempt <= ?")?.execute((n, oldest))?;
    }
    Ok(())
}

/// The lane in which a job goes on: from its newest checkpoint, at this step.
pub(super) fn lane_at(desk: &mut Desk<'_>, n: i64, lane: i64, step: u8) -> Sql<i64> {
    let lane = desk.lanes.lane(lane)?;
    let wrote: Option<([u8; 32], u32)> = desk
        .sql("SELECT module, version FROM checkpoint WHERE n = ?")?
        .query_row([n], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let wrote = wrote.map(|(module, version)| (ModuleHash(module), version));
    desk.lane_number(Lane { queue: lane.queue.clone(), kind: lane.kind.clone(), step, wrote })
}

/// Put a job that may run now into its lane.
pub(super) fn line_up(desk: &mut Desk<'_>, n: i64, mut standing: Standing, place: Place) -> Sql<()> {
    if place == Place::Back {
        standing.ord = desk.next();
    }
    let now = desk.now.0 as i64;
    write_standing(desk, n, State::Available, &standing, now)?;
    desk.sql("INSERT INTO ready (lane, ord, n, at, attempt) VALUES (?, ?, ?, ?, ?)")?.execute((
        standing.lane,
        standing.ord,
        n,
        now,
        standing.attempt,
    ))?;
    desk.wake.jobs = true;
    Ok(())
}

pub(super) fn write_standing(desk: &Desk<'_>, n: i64, state: State, standing: &Standing, at: i64) -> Sql<()> {
    let counters = &standing.counters;
    desk.sql("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
        rusqlite::params![
            n,
            state as u8,
            standing.lane,
            standing.ord,
            at,
            standing.attempt,
            counters.failures,
            counters.interruptions,
            counters.crashes,
            counters.memory_traps,
            counters.idle_interruptions,
            counters.idle_crashes,
            standing.fuel_spent as i64,
            standing.wall_spent_ms as i64,
        ],
    )?;
    Ok(())
}
