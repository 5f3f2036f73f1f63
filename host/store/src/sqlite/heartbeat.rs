//! Heartbeat: one for all leases of a worker, answered with what it must know.

use cofferdam_queue::{Heartbeat, JobId, Notices, WorkerOrder};

use super::desk::Desk;
use super::error::{Sql, unknown_number};
use super::reap;
use super::silence;

pub(super) fn heartbeat(desk: &mut Desk<'_>, beat: &Heartbeat) -> Sql<Notices> {
    let deploys = desk.head.deploys as u64;
    silence::hear(desk)?;
    let Some(worker) = reap::signed_on(desk, &beat.worker)? else {
        return Ok(Notices { expired: true, deploys, ..Notices::default() });
    };
    desk.sql(
        "UPDATE worker SET expires_at = ? + lease_ms, quiet = ?, running = ?, reserved_bytes = ? WHERE worker = ?",
    )?
    .execute((desk.now.0 as i64, beat.quiet, beat.running, beat.reserved_bytes as i64, worker))?;
    let wanted: i64 =
        desk.sql("SELECT wanted FROM worker WHERE worker = ?")?.query_row([worker], |row| row.get(0))?;
    let mut statement =
        desk.sql("SELECT id FROM lease JOIN job ON job.n = lease.n WHERE worker = ? AND cancel ORDER BY id")?;
    let cancelled = statement
        .query_map([worker], |row| Ok(JobId::trusted(row.get_ref(0)?.as_str()?)))?
        .collect::<Sql<_>>()?;
    Ok(Notices { order: order_of(wanted)?, cancelled, deploys, ..Notices::default() })
}

/// An order as it is stored.
pub(super) fn order_of(number: i64) -> Sql<WorkerOrder> {
    [WorkerOrder::Work, WorkerOrder::Quiet, WorkerOrder::Stop]
        .into_iter()
        .find(|&order| order as i64 == number)
        .ok_or_else(|| unknown_number("order", number))
}
