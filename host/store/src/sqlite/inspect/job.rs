//! One job, whole: its view, its attempts, its log, its work data.

use bytes::Bytes;
use cofferdam_queue::{
    AttemptView, JobId, JobView, LogLine, LogView, ModuleHash, PartName, PartView, Progress, Timestamp,
    WorkerId,
};
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::error::Sql;
use super::house::house;
use super::jobs::summary;
use super::place::outcome;

fn number_of(conn: &Connection, id: &JobId) -> Sql<Option<i64>> {
    conn.prepare_cached("SELECT n FROM job WHERE id = ?")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()
}

/// A number that is never negative.
fn unsigned(row: &Row<'_>, column: usize) -> Sql<u64> {
    row.get::<_, i64>(column).map(|number| number as u64)
}

fn bytes(row: &Row<'_>, column: usize) -> Sql<Option<Bytes>> {
    Ok(row.get_ref(column)?.as_blob_or_null()?.map(Bytes::copy_from_slice))
}

pub(in super::super) fn job(conn: &Connection, id: &JobId, now: Timestamp) -> Sql<Option<JobView>> {
    let Some(n) = number_of(conn, id)? else { return Ok(None) };
    let house = house(conn, now)?;
    let summary = summary(conn, &house, n)?;
    let (parent, input) =
        conn.prepare_cached("SELECT parent, input FROM job WHERE n = ?")?.query_row([n], |row| {
            let parent: Option<String> = row.get(0)?;
            Ok((parent.map(|parent| JobId::trusted(&parent)), bytes(row, 1)?.unwrap_or_default()))
        })?;
    let mut view = JobView {
        summary,
        parent,
        counters: Default::default(),
        step: 0,
        worker: None,
        cancel_requested: false,
        progress: None,
        checkpoint_count: 0,
        checkpoint_bytes: None,
        checkpoint_at: None,
        checkpoint_module: None,
        fuel_spent: 0,
        wall_spent_ms: 0,
        started_at: None,
        finished_at: None,
        input,
        output: None,
    };
    read_history(conn, n, &mut view)?;
    let lane: i64 = super::place::stands(conn, n)?.lane;
    view.step = house.lane(lane)?.step;
    read_present(conn, n, &mut view)?;
    Ok(Some(view))
}

fn read_history(conn: &Connection, n: i64, view: &mut JobView) -> Sql<()> {
    let mut standing = conn.prepare_cached(
        "SELECT failures, interruptions, crashes, memory_traps, idle_interruptions, idle_crashes, fuel_spent,
                wall_spent_ms FROM standing WHERE n = ?",
    )?;
    let mut rows = standing.query([n])?;
    if let Some(row) = rows.next()? {
        view.counters.failures = row.get(0)?;
        view.counters.interruptions = row.get(1)?;
        view.counters.crashes = row.get(2)?;
        view.counters.memory_traps = row.get(3)?;
        view.counters.idle_interruptions = row.get(4)?;
        view.counters.idle_crashes = row.get(5)?;
        view.fuel_spent = unsigned(row, 6)?;
        view.wall_spent_ms = unsigned(row, 7)?;
    }
    let mut checkpoint =
        conn.prepare_cached("SELECT count, length(state), at, module FROM checkpoint WHERE n = ?")?;
    let mut rows = checkpoint.query([n])?;
    if let Some(row) = rows.next()? {
        view.checkpoint_count = unsigned(row, 0)?;
        view.checkpoint_bytes = Some(unsigned(row, 1)?);
        view.checkpoint_at = Some(Timestamp(unsigned(row, 2)?));
        view.checkpoint_module = Some(ModuleHash(row.get(3)?));
    }
    view.progress = conn
        .prepare_cached("SELECT done, total, message FROM progress WHERE n = ?")?
        .query_row([n], |row| {
            Ok(Progress { done: unsigned(row, 0)?, total: unsigned(row, 1)?, message: row.get(2)? })
        })
        .optional()?;
    view.started_at = conn
        .prepare_cached("SELECT started_at FROM attempt WHERE n = ? ORDER BY attempt DESC LIMIT 1")?
        .query_row([n], |row| unsigned(row, 0).map(Timestamp))
        .optional()?;
    Ok(())
}

fn read_present(conn: &Connection, n: i64, view: &mut JobView) -> Sql<()> {
    let mut lease = conn.prepare_cached(
        "SELECT worker.id, cancel, started_at FROM lease LEFT JOIN worker USING (worker) WHERE n = ?",
    )?;
    let mut rows = lease.query([n])?;
    if let Some(row) = rows.next()? {
        view.worker = row.get::<_, Option<String>>(0)?.map(|id| WorkerId::trusted(&id));
        view.cancel_requested = row.get(1)?;
        view.started_at = Some(Timestamp(unsigned(row, 2)?));
    }
    let mut ended =
        conn.prepare_cached("SELECT fuel, wall_ms, started_at, finished_at, output FROM ended WHERE n = ?")?;
    let mut rows = ended.query([n])?;
    if let Some(row) = rows.next()? {
        view.fuel_spent = view.fuel_spent.saturating_add(unsigned(row, 0)?);
        view.wall_spent_ms = view.wall_spent_ms.saturating_add(unsigned(row, 1)?);
        if let Some(started_at) = row.get::<_, Option<i64>>(2)? {
            view.started_at = Some(Timestamp(started_at as u64));
        }
        view.finished_at = Some(Timestamp(unsigned(row, 3)?));
        view.output = bytes(row, 4)?;
    }
    Ok(())
}

pub(in super::super) fn attempts(conn: &Connection, id: &JobId) -> Sql<Vec<AttemptView>> {
    let Some(n) = number_of(conn, id)? else { return Ok(Vec::new()) };
    conn.prepare_cached(
        "SELECT attempt, outcome, ended_at, report FROM attempt WHERE n = ?1
         UNION ALL SELECT attempt, outcome, finished_at, report FROM ended WHERE n = ?1 AND outcome IS NOT NULL
         ORDER BY attempt",
    )?
    .query_map([n], |row| {
        Ok(AttemptView {
            attempt: row.get(0)?,
            outcome: outcome(row.get(1)?)?,
            ended_at: Timestamp(unsigned(row, 2)?),
            report: bytes(row, 3)?.unwrap_or_default(),
        })
    })?
    .collect()
}

pub(in super::super) fn logs(conn: &Connection, id: &JobId, after: u64) -> Sql<LogView> {
    let Some(n) = number_of(conn, id)? else { return Ok(LogView { lines: Vec::new(), next: after }) };
    let mut view = LogView { lines: Vec::new(), next: after };
    let mut statement = conn.prepare_cached(
        "SELECT place, at, attempt, level, text FROM log WHERE n = ? AND place > ? ORDER BY place",
    )?;
    let mut rows = statement.query((n, i64::try_from(after).unwrap_or(i64::MAX)))?;
    while let Some(row) = rows.next()? {
        view.next = unsigned(row, 0)?;
        view.lines.push(LogLine {
            at: Timestamp(unsigned(row, 1)?),
            attempt: row.get(2)?,
            level: row.get(3)?,
            text: row.get(4)?,
        });
    }
    Ok(view)
}

pub(in super::super) fn parts(conn: &Connection, id: &JobId) -> Sql<Vec<PartView>> {
    let Some(n) = number_of(conn, id)? else { return Ok(Vec::new()) };
    conn.prepare_cached(
        "SELECT part, count(*), sum(length(bytes)) FROM append WHERE n = ? GROUP BY part ORDER BY part",
    )?
    .query_map([n], |row| {
        let part = PartName::trusted(row.get_ref(0)?.as_str()?);
        Ok(PartView { part, chunks: unsigned(row, 1)?, bytes: unsigned(row, 2)? })
    })?
    .collect()
}

pub(in super::super) fn part(conn: &Connection, id: &JobId, part: &PartName) -> Sql<Vec<Bytes>> {
    let Some(n) = number_of(conn, id)? else { return Ok(Vec::new()) };
    conn.prepare_cached("SELECT bytes FROM append WHERE n = ? AND part = ? ORDER BY number")?
        .query_map((n, part.as_str()), |row| Ok(bytes(row, 0)?.unwrap_or_default()))?
        .collect()
}
