//! Sign on and sign off: a worker begins to claim, and ends in good order.

use cofferdam_queue::{Outcome, Timestamp, WorkerFacts, WorkerId, given_back};

use super::desk::Desk;
use super::error::Sql;
use super::reap;
use super::silence;

/// The worker's lock is held already. A repetition changes nothing.
pub(super) fn sign_on(desk: &mut Desk<'_>, facts: &WorkerFacts) -> Sql<()> {
    let text = serde_json::to_string(facts)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    if reap::find(desk, &facts.id)?.is_none() {
        silence::hear(desk)?;
    }
    // The column's sums with it must not wrap.
    let lease_ms = facts.lease_ms.min(Timestamp::LATEST.0);
    let expires_at = (desk.now + lease_ms).0 as i64;
    desk.sql(
        "INSERT INTO worker (id, facts, lease_ms, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    )?
    .execute((facts.id.as_str(), text, lease_ms as i64, expires_at))?;
    desk.workers_changed = true;
    Ok(())
}

/// What the worker still holds is given back as interrupted.
pub(super) fn sign_off(desk: &mut Desk<'_>, worker: &WorkerId) -> Sql<()> {
    silence::hear(desk)?;
    if let Some(row) = reap::find(desk, worker)? {
        reap::end_leases(desk, row.worker, Outcome::Interrupted, given_back)?;
        reap::strike_off(desk, row.worker)?;
    }
    Ok(())
}
