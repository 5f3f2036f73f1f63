//! Heartbeat: one for all leases of a worker, answered with what it must know.

use cofferdam_queue::{Heartbeat, JobId, Notices, WorkerOrder};

use super::error::not_understood;
use super::link::Tries;
use super::reply::{Read, Reply};
use super::script;
use super::store::RedisStore;

pub(super) async fn heartbeat(store: &RedisStore, beat: Heartbeat) -> Read<Notices> {
    let mut cmd = store.begin(&script::HEARTBEAT);
    cmd.arg(beat.worker.as_str()).arg(u8::from(beat.quiet)).arg(beat.running).arg(beat.reserved_bytes);
    let mut reply = Reply::of(store.run(&script::HEARTBEAT, &cmd, Tries::Once).await?)?;
    let expired = reply.text()? == "expired";
    let (order, deploys) = (order_of(&reply.text()?)?, reply.number()?);
    let mut cancelled: Vec<JobId> = reply.array()?.texts()?.iter().map(|id| JobId::trusted(id)).collect();
    cancelled.sort();
    store.hear(&reply.text()?);
    let given = !expired && store.handed.misses(reply.number()?);
    Ok(Notices { expired, order, cancelled, given, deploys })
}

/// An order as it is stored.
pub(super) fn order_of(digit: &str) -> Read<WorkerOrder> {
    match digit {
        "0" => Ok(WorkerOrder::Work),
        "1" => Ok(WorkerOrder::Quiet),
        "2" => Ok(WorkerOrder::Stop),
        other => Err(not_understood(&format!("order `{other}`"))),
    }
}
