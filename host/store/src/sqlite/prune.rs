//! Prune: finished jobs that were kept long enough go, the first to finish first.

use cofferdam_queue::State;

use super::delete;
use super::desk::Desk;
use super::error::Sql;
use crate::DeadOverflow;

/// Remove at most `limit` jobs. Returns how many.
pub(super) fn prune(desk: &mut Desk<'_>, limit: u32) -> Sql<u32> {
    let retention = &desk.config.retention;
    let surplus = (desk.head.completed as u64).saturating_sub(retention.completed_count);
    let before = (desk.now - retention.completed_age_ms).0 as i64;
    let mut left = limit;
    left -= remove(desk, State::Completed, i64::MAX, left.min(u32::try_from(surplus).unwrap_or(u32::MAX)))?;
    for state in [State::Completed, State::Cancelled, State::Discarded] {
        left -= remove(desk, state, before, left)?;
    }
    if retention.dead_overflow == DeadOverflow::Drop {
        let surplus = dead_surplus(desk, left)?;
        left -= remove(desk, State::Dead, i64::MAX, surplus)?;
    }
    Ok(limit - left)
}

/// There are too many dead jobs, and they stay.
pub(super) fn dead_overflow(desk: &Desk<'_>) -> Sql<bool> {
    Ok(desk.config.retention.dead_overflow == DeadOverflow::Alert && dead_surplus(desk, 1)? > 0)
}

/// How many too many, counted up to `most`: it is asked in every round.
fn dead_surplus(desk: &Desk<'_>, most: u32) -> Sql<u32> {
    let kept = i64::try_from(desk.config.retention.dead_count).unwrap_or(i64::MAX);
    let mut counted =
        desk.sql("SELECT count(*) FROM (SELECT 1 FROM ended WHERE state = ? LIMIT ? OFFSET ?)")?;
    counted.query_row((State::Dead as u8, most, kept), |row| row.get(0))
}

/// Remove jobs that came to this end before `before`, at most `limit`.
fn remove(desk: &mut Desk<'_>, state: State, before: i64, limit: u32) -> Sql<u32> {
    if limit == 0 {
        return Ok(0);
    }
    let old: Vec<i64> = desk
        .sql("SELECT n FROM ended WHERE state = ? AND finished_at < ? ORDER BY finished_at, n LIMIT ?")?
        .query_map((state as u8, before, limit), |row| row.get(0))?
        .collect::<Sql<_>>()?;
    for &n in &old {
        delete::remove(desk, n)?;
    }
    Ok(old.len() as u32)
}
