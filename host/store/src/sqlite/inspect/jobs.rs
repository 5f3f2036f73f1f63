//! Lists of jobs, newest first.

use cofferdam_queue::{JobFilter, JobId, JobSummary, State, Timestamp, message_of};
use rusqlite::{Connection, OptionalExtension};

use super::super::error::Sql;
use super::house::{House, house};
use super::place::{outcome, stands};

/// The jobs that pass the filter. From the small table of each state, so that few jobs
/// among many are found without passing over the many.
pub(in super::super) fn jobs(conn: &Connection, filter: &JobFilter, now: Timestamp) -> Sql<Vec<JobSummary>> {
    let mut from = "job".to_owned();
    if !filter.states.is_empty() {
        let sets: Vec<String> = filter.states.iter().map(|&state| numbers_in(state)).collect();
        from = format!("({}) JOIN job USING (n)", sets.join(" UNION ALL "));
    }
    let kind = filter.kind.as_ref().map(|kind| kind.as_str());
    let queue = filter.queue.as_ref().map(|queue| queue.as_str());
    let lanes = match (kind, queue) {
        (None, None) => "",
        _ => {
            "WHERE job.lane IN (SELECT lane FROM lane WHERE kind = ifnull(?1, kind) AND queue = ifnull(?2, queue))"
        }
    };
    let sql = format!("SELECT n, ?1, ?2 FROM {from} {lanes} ORDER BY n DESC LIMIT ?3");
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let numbers: Vec<i64> =
        conn.prepare_cached(&sql)?.query_map((kind, queue, limit), |row| row.get(0))?.collect::<Sql<_>>()?;
    let house = house(conn, now)?;
    numbers.into_iter().map(|n| summary(conn, &house, n)).collect()
}

/// The numbers of the jobs in one state.
fn numbers_in(state: State) -> String {
    let number = state as u8;
    match state {
        State::Available => "SELECT n FROM ready".to_owned(),
        State::Running => "SELECT n FROM lease".to_owned(),
        State::Scheduled | State::Retryable | State::Waiting => {
            format!("SELECT n FROM due JOIN standing USING (n) WHERE standing.state = {number}")
        }
        _ => format!("SELECT n FROM ended WHERE state = {number}"),
    }
}

/// One line of a list.
pub(in super::super) fn summary(conn: &Connection, house: &House, n: i64) -> Sql<JobSummary> {
    let stands = stands(conn, n)?;
    let (id, enqueued_at) = conn
        .prepare_cached("SELECT id, enqueued_at FROM job WHERE n = ?")?
        .query_row([n], |row| Ok((JobId::trusted(row.get_ref(0)?.as_str()?), row.get::<_, i64>(1)?)))?;
    let lane = house.lane(stands.lane)?;
    let last: Option<(Option<u8>, Option<String>)> = conn
        .prepare_cached("SELECT outcome, reason FROM ended WHERE n = ?")?
        .query_row([n], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (mut ended_as, mut reason) = last.unwrap_or_default();
    if ended_as.is_none() {
        let waits = matches!(stands.state, State::Retryable | State::Scheduled);
        let last = conn
            .prepare_cached("SELECT outcome, report FROM attempt WHERE n = ? ORDER BY attempt DESC LIMIT 1")?
            .query_row([n], |row| {
                let report = row.get_ref(1)?.as_blob_or_null()?.filter(|_| waits);
                Ok((row.get(0)?, report.and_then(message_of)))
            })
            .optional()?;
        (ended_as, reason) = last.unwrap_or_default();
    }
    if stands.state == State::Available {
        reason = house.why_not_run(lane);
    }
    Ok(JobSummary {
        id,
        kind: lane.kind.clone(),
        queue: lane.queue.clone(),
        state: stands.state,
        outcome: ended_as.map(outcome).transpose()?,
        attempt: stands.attempt,
        enqueued_at: Timestamp(enqueued_at as u64),
        at: Timestamp(stands.at as u64),
        reason,
    })
}
