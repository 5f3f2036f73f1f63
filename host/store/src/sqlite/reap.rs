//! Reap: the leases of a worker that is proven dead, or whose time ran out, end in one
//! step, and its jobs go back.

use cofferdam_queue::{Counters, Outcome, Timestamp, Verdict, WorkerId, worker_lost};
use rusqlite::{OptionalExtension, Row};

use super::desk::Desk;
use super::error::Sql;
use super::settle::{Ended, LEASE_COLUMNS, Lease, settle, standing};
use super::silence;

/// A row of `worker`, as far as leases go.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) worker: i64,
    id: WorkerId,
    pub(super) lease_ms: i64,
    pub(super) expires_at: i64,
}

const COLUMNS: &str = "worker, id, lease_ms, expires_at";

impl Signed {
    fn read(row: &Row<'_>) -> Sql<Signed> {
        Ok(Signed {
            worker: row.get(0)?,
            id: WorkerId::trusted(row.get_ref(1)?.as_str()?),
            lease_ms: row.get(2)?,
            expires_at: row.get(3)?,
        })
    }
}

pub(super) fn find(desk: &Desk<'_>, id: &WorkerId) -> Sql<Option<Signed>> {
    desk.sql(&format!("SELECT {COLUMNS} FROM worker WHERE id = ?"))?
        .query_row([id.as_str()], Signed::read)
        .optional()
}

/// The number of a worker whose lease holds. One whose lease ran out is reaped here: it
/// is told so, and from then on nothing of it may be committed.
pub(super) fn signed_on(desk: &mut Desk<'_>, id: &WorkerId) -> Sql<Option<i64>> {
    let now = desk.now.0 as i64;
    let Some(mut signed) = find(desk, id)? else { return Ok(None) };
    if signed.expires_at <= now {
        silence::end(desk)?;
        signed = find(desk, id)?.unwrap_or(signed);
    }
    if signed.expires_at > now {
        return Ok(Some(signed.worker));
    }
    lose(desk, &signed)?;
    Ok(None)
}

pub(super) fn all(desk: &Desk<'_>) -> Sql<Vec<Signed>> {
    desk.sql(&format!("SELECT {COLUMNS} FROM worker ORDER BY worker"))?
        .query_map([], Signed::read)?
        .collect::<Sql<_>>()
}

/// When the first lease runs out.
pub(super) fn next_expiry_at(desk: &Desk<'_>) -> Sql<Option<Timestamp>> {
    let at: Option<i64> = desk.sql("SELECT min(expires_at) FROM worker")?.query_row([], |row| row.get(0))?;
    Ok(at.map(|at| Timestamp(at as u64)))
}

/// Reap the workers that are proven dead, and no other: for a moment when nobody asked for
/// a look at the clock. Returns them.
pub(super) fn bury_all(desk: &mut Desk<'_>) -> Sql<Vec<WorkerId>> {
    let mut lost = Vec::new();
    for signed in all(desk)? {
        if desk.proofs.is_dead(&signed.id) {
            lose(desk, &signed)?;
            lost.push(signed.id);
        }
    }
    Ok(lost)
}

/// Reap this worker, whose end somebody saw. Returns how many jobs went back.
pub(super) fn bury(desk: &mut Desk<'_>, worker: &WorkerId) -> Sql<u32> {
    match find(desk, worker)? {
        Some(signed) => lose(desk, &signed),
        None => Ok(0),
    }
}

/// Reap every worker that is lost. Returns how many jobs went back, and the workers.
pub(super) fn reap(desk: &mut Desk<'_>) -> Sql<(u32, Vec<WorkerId>)> {
    silence::end(desk)?;
    let now = desk.now.0 as i64;
    let (mut reaped, mut lost) = (0, Vec::new());
    for signed in all(desk)? {
        if signed.expires_at <= now || desk.proofs.is_dead(&signed.id) {
            reaped += lose(desk, &signed)?;
            lost.push(signed.id);
        } else if signed.expires_at > now.saturating_add(signed.lease_ms) {
            // The clock was set back: without this the lease would last that much longer.
            desk.sql("UPDATE worker SET expires_at = ? WHERE worker = ?")?
                .execute((now.saturating_add(signed.lease_ms), signed.worker))?;
        }
    }
    Ok((reaped, lost))
}

fn lose(desk: &mut Desk<'_>, signed: &Signed) -> Sql<u32> {
    let reaped = end_leases(desk, signed.worker, Outcome::WorkerLost, worker_lost)?;
    strike_off(desk, signed.worker)?;
    desk.lost.push(signed.id.clone());
    Ok(reaped)
}

/// End all leases of a worker with one verdict. Returns how many there were.
pub(super) fn end_leases(
    desk: &mut Desk<'_>,
    worker: i64,
    outcome: Outcome,
    verdict: fn(Counters, bool, u8) -> Verdict,
) -> Sql<u32> {
    let leases: Vec<Lease> = desk
        .sql(&format!("SELECT {LEASE_COLUMNS} FROM lease WHERE worker = ? ORDER BY n"))?
        .query_map([worker], Lease::read)?
        .collect::<Sql<_>>()?;
    for lease in &leases {
        let standing = standing(desk, lease.n)?;
        let step = desk.lanes.lane(standing.lane)?.step;
        let verdict = verdict(standing.counters, lease.progressed, step);
        settle(desk, lease, &Ended::without_report(outcome, &verdict, lease.seq))?;
    }
    Ok(u32::try_from(leases.len()).unwrap_or(u32::MAX))
}

/// Forget a worker that holds nothing any more.
pub(super) fn strike_off(desk: &mut Desk<'_>, worker: i64) -> Sql<()> {
    desk.sql("DELETE FROM worker WHERE worker = ?")?.execute([worker])?;
    desk.workers_changed = true;
    Ok(())
}
