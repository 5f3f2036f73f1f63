//! Tend: leases that ran out end, what is due becomes available, what was kept long enough goes.

use cofferdam_queue::{Tended, WorkerId};

use super::link::Tries;
use super::reply::{Read, Reply};
use super::script;
use super::store::RedisStore;
use crate::DeadOverflow;

/// In one round, so that the server is held up for a few milliseconds at most.
const PROMOTED_MAX: u32 = 250;
const PRUNED_MAX: u32 = 500;

pub(super) async fn tend(store: &RedisStore) -> Read<Tended> {
    let retention = &store.config.retention;
    let mut cmd = store.begin(&script::TEND);
    cmd.arg(PROMOTED_MAX)
        .arg(PRUNED_MAX)
        .arg(retention.completed_age_ms)
        .arg(retention.completed_count)
        .arg(retention.dead_count)
        .arg(u8::from(retention.dead_overflow == DeadOverflow::Drop));
    let mut reply = Reply::of(store.run(&script::TEND, &cmd, Tries::Once).await?)?;
    let skew = store.skew(reply.number()?);
    let (promoted, reaped) = (reply.number()? as u32, reply.number()? as u32);
    let lost = reply.array()?.texts()?.iter().map(|id| WorkerId::trusted(id)).collect();
    let pruned = reply.number()? as u32;
    let next_due_at = reply.maybe_number()?.map(|at| skew.here(at));
    store.handed.is_due_next(next_due_at);
    let next_expiry_at = reply.maybe_number()?.map(|at| skew.here(at));
    store.hear(&reply.text()?);
    let dead_overflow = reply.number()? > 0;
    let more = promoted == PROMOTED_MAX || pruned == PRUNED_MAX;
    Ok(Tended { promoted, reaped, lost, pruned, dead_overflow, next_due_at, next_expiry_at, more })
}
