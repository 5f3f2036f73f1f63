//! Sign on and sign off: a worker begins to claim, and ends in good order; or was seen to end
//! without it.

use cofferdam_queue::{StoreError, Timestamp, WorkerFacts, WorkerId};

use super::link::Tries;
use super::reply::{Read, Reply, bytes, text};
use super::script;
use super::store::RedisStore;

/// A repetition changes nothing.
pub(super) async fn sign_on(store: &RedisStore, facts: WorkerFacts) -> Read<()> {
    store.link.hurry(facts.lease_ms);
    let told = serde_json::to_vec(&facts)
        .map_err(|error| StoreError::Unusable { message: format!("a worker cannot be written: {error}") })?;
    let mut cmd = store.begin(&script::SIGN_ON);
    cmd.arg(facts.id.as_str()).arg(told).arg(facts.lease_ms.min(Timestamp::LATEST.0));
    store.run(&script::SIGN_ON, &cmd, Tries::Once).await.map(drop)
}

/// What the worker still holds is given back as interrupted.
pub(super) async fn sign_off(store: &RedisStore, worker: WorkerId) -> Read<()> {
    let mut cmd = store.begin(&script::SIGN_OFF);
    cmd.arg(worker.as_str());
    let woken = text(bytes(store.run(&script::SIGN_OFF, &cmd, Tries::UntilDone).await?)?)?;
    store.hear(&woken);
    Ok(())
}

/// Its leases end as those of a lost worker. Returns how many there were.
pub(super) async fn bury(store: &RedisStore, worker: WorkerId) -> Read<u32> {
    let mut cmd = store.begin(&script::BURY);
    cmd.arg(worker.as_str());
    let mut reply = Reply::of(store.run(&script::BURY, &cmd, Tries::UntilDone).await?)?;
    let reaped = reply.number()? as u32;
    store.hear(&reply.text()?);
    Ok(reaped)
}
