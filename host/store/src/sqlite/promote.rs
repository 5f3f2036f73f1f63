//! Promote: what is due lines up, behind all that wait.

use cofferdam_queue::{Event, Place, State, Timestamp, transition};
use rusqlite::OptionalExtension;

use super::desk::Desk;
use super::error::{Sql, unknown_number};
use super::settle::{line_up, standing};

/// Move at most `limit` due jobs, the longest due first. Returns how many.
pub(super) fn promote(desk: &mut Desk<'_>, limit: u32) -> Sql<u32> {
    let due: Vec<(i64, i64)> = desk
        .sql("SELECT at, n FROM due WHERE at <= ? ORDER BY at, n LIMIT ?")?
        .query_map((desk.now.0 as i64, limit), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Sql<_>>()?;
    for &(at, n) in &due {
        let state: u8 =
            desk.sql("SELECT state FROM standing WHERE n = ?")?.query_row([n], |row| row.get(0))?;
        let state = State::from_number(state).ok_or_else(|| unknown_number("state", state.into()))?;
        transition(state, Event::Promote, State::Available)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        desk.sql("DELETE FROM due WHERE at = ? AND n = ?")?.execute((at, n))?;
        let standing = standing(desk, n)?;
        line_up(desk, n, standing, Place::Back)?;
    }
    Ok(due.len() as u32)
}

/// When the next job is due.
pub(super) fn next_due_at(desk: &mut Desk<'_>) -> Sql<Option<Timestamp>> {
    let at: Option<i64> = desk.hot.next_due.query_row([], |row| row.get(0)).optional()?;
    Ok(at.map(|at| Timestamp(at as u64)))
}
