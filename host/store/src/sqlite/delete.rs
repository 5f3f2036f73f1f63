//! Delete: a finished job goes, with all that belongs to it.

use cofferdam_queue::{JobId, State};
use rusqlite::OptionalExtension;

use super::desk::Desk;
use super::error::Sql;

/// The tables beside `job` and `ended` in which a job may have rows.
const BELONGINGS: [&str; 6] = [
    "DELETE FROM standing WHERE n = ?",
    "DELETE FROM attempt WHERE n = ?",
    "DELETE FROM checkpoint WHERE n = ?",
    "DELETE FROM append WHERE n = ?",
    "DELETE FROM progress WHERE n = ?",
    "DELETE FROM log WHERE n = ?",
];

pub(super) fn delete(desk: &mut Desk<'_>, ids: &[JobId]) -> Sql<Vec<JobId>> {
    let mut deleted = Vec::new();
    for id in ids {
        if let Some(n) = desk.number_of(id)?
            && remove(desk, n)?
        {
            deleted.push(id.clone());
        }
    }
    Ok(deleted)
}

/// Remove a job that has ended; false when it has not.
pub(super) fn remove(desk: &mut Desk<'_>, n: i64) -> Sql<bool> {
    let ended: Option<(u8, bool)> = desk
        .sql("SELECT state, bare FROM ended WHERE n = ?")?
        .query_row([n], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((state, bare)) = ended else { return Ok(false) };
    if state == State::Completed as u8 {
        desk.head.completed -= 1;
    }
    desk.sql("DELETE FROM ended WHERE n = ?")?.execute([n])?;
    desk.sql("DELETE FROM job WHERE n = ?")?.execute([n])?;
    if !bare {
        for belonging in BELONGINGS {
            desk.sql(belonging)?.execute([n])?;
        }
    }
    Ok(true)
}
