//! Where a job stands, told by the table that has its number.

use cofferdam_queue::{Outcome, State};
use rusqlite::{Connection, OptionalExtension};

use super::super::error::{Sql, unknown_number};

/// Where a job stands.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Stands {
    pub(in super::super) state: State,
    /// The lane of its next attempt, or of its present one.
    pub(in super::super) lane: i64,
    pub(in super::super) ord: i64,
    /// Since when; for what is due later, until when.
    pub(in super::super) at: i64,
    /// The attempts that were started.
    pub(in super::super) attempt: u32,
}

/// Where job `n`, which there is, stands.
pub(in super::super) fn stands(conn: &Connection, n: i64) -> Sql<Stands> {
    let standing: Option<(u8, i64, i64, i64, u32)> = conn
        .prepare_cached("SELECT state, lane, ord, at, attempt FROM standing WHERE n = ?")?
        .query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .optional()?;
    let mut stands = match standing {
        Some((number, lane, ord, at, attempt)) => Stands { state: state(number)?, lane, ord, at, attempt },
        None => {
            let (lane, at) = conn
                .prepare_cached("SELECT lane, enqueued_at FROM job WHERE n = ?")?
                .query_row([n], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Stands { state: State::Available, lane, ord: n, at, attempt: 0 }
        }
    };
    let now: Option<(u8, i64, u32)> = conn
        .prepare_cached(
            "SELECT 2, started_at, attempt FROM lease WHERE n = ?1
             UNION ALL SELECT state, finished_at, attempt FROM ended WHERE n = ?1",
        )?
        .query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    if let Some((number, at, attempt)) = now {
        stands = Stands { state: state(number)?, at, attempt, ..stands };
    }
    Ok(stands)
}

pub(in super::super) fn state(number: u8) -> Sql<State> {
    State::from_number(number).ok_or_else(|| unknown_number("state", number.into()))
}

pub(in super::super) fn outcome(number: u8) -> Sql<Outcome> {
    Outcome::ALL.get(usize::from(number)).copied().ok_or_else(|| unknown_number("outcome", number.into()))
}
