//! Retry by hand: the job is available, with its counters at zero and its last checkpoint.

use cofferdam_queue::{Counters, Event, JobId, Place, RetryReply, State, transition};

use super::cancel::leave;
use super::desk::Desk;
use super::error::Sql;
use super::inspect::place::stands;
use super::settle::{forget_old_attempts, lane_at, line_up, standing};

pub(super) fn retry(desk: &mut Desk<'_>, ids: &[JobId]) -> Sql<Vec<RetryReply>> {
    ids.iter()
        .map(|id| match desk.number_of(id)? {
            Some(n) => retry_one(desk, n),
            None => Ok(RetryReply::Unknown),
        })
        .collect()
}

fn retry_one(desk: &mut Desk<'_>, n: i64) -> Sql<RetryReply> {
    let stands = stands(desk.conn, n)?;
    if transition(stands.state, Event::Retry, State::Available).is_err() {
        return Ok(RetryReply::Not(stands.state));
    }
    if stands.state.is_final() {
        // Its last attempt becomes one of those before.
        desk.sql(
            "INSERT INTO attempt (n, attempt, outcome, nonce, seq, started_at, ended_at, report)
             SELECT n, attempt, outcome, nonce, seq, started_at, finished_at, report FROM ended
             WHERE n = ? AND outcome IS NOT NULL",
        )?
        .execute([n])?;
        desk.sql("DELETE FROM ended WHERE n = ?")?.execute([n])?;
        forget_old_attempts(desk, n, stands.attempt)?;
    } else {
        leave(desk, n, &stands)?;
    }
    let mut standing = standing(desk, n)?;
    standing.attempt = stands.attempt;
    standing.counters = Counters::default();
    // Somebody wants it to run: what its earlier attempts spent is not held against it.
    standing.fuel_spent = 0;
    standing.wall_spent_ms = 0;
    let step = desk.lanes.lane(standing.lane)?.step;
    standing.lane = lane_at(desk, n, standing.lane, step)?;
    line_up(desk, n, standing, Place::Back)?;
    Ok(RetryReply::Available)
}
