//! Cancel: at once when the job is not running, through its worker when it is.

use cofferdam_queue::{CancelReply, Event, JobId, State, transition};

use super::desk::Desk;
use super::error::{Sql, unknown_number};
use super::inspect::place::{Stands, stands};

pub(super) fn cancel(desk: &mut Desk<'_>, ids: &[JobId]) -> Sql<Vec<CancelReply>> {
    ids.iter()
        .map(|id| match desk.number_of(id)? {
            Some(n) => cancel_one(desk, n),
            None => Ok(CancelReply::Unknown),
        })
        .collect()
}

fn cancel_one(desk: &mut Desk<'_>, n: i64) -> Sql<CancelReply> {
    let stands = stands(desk.conn, n)?;
    match stands.state {
        State::Running => {
            desk.sql("UPDATE lease SET cancel = 1 WHERE n = ?")?.execute([n])?;
            desk.wake.notices = true;
            Ok(CancelReply::Requested)
        }
        state if state.is_final() => Ok(CancelReply::Ended(state)),
        state => {
            transition(state, Event::Cancel, State::Cancelled)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            leave(desk, n, &stands)?;
            desk.sql(
                "INSERT INTO ended (n, state, finished_at, bare, attempt, nonce, seq, fuel, wall_ms, report)
                 VALUES (?, ?, ?, 0, ?, 0, 0, 0, 0, x'')",
            )?
            .execute((n, State::Cancelled as u8, desk.now.0 as i64, stands.attempt))?;
            Ok(CancelReply::Cancelled)
        }
    }
}

/// Take a job that is not running out of the line it stands in.
pub(super) fn leave(desk: &Desk<'_>, n: i64, stands: &Stands) -> Sql<()> {
    match stands.state {
        State::Available => desk
            .sql("DELETE FROM ready WHERE lane = ? AND ord = ?")?
            .execute((stands.lane, stands.ord))
            .map(drop),
        State::Scheduled | State::Retryable => {
            desk.sql("DELETE FROM due WHERE at = ? AND n = ?")?.execute((stands.at, n)).map(drop)
        }
        state => Err(unknown_number("state", state as i64)),
    }
}
