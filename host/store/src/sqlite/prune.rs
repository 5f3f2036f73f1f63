//! Prune: finished jobs that were kept long enough go, the first to finish first.

use cofferdam_queue::State;

use super::delete;
use super::desk::Desk;
use super::error::Sql;

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
    Ok(limit - left)
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
