//! Order: what workers hear with their next heartbeat.

use cofferdam_queue::{WorkerId, WorkerOrder};

use super::link::Tries;
use super::reply::{Read, Reply};
use super::script;
use super::store::RedisStore;

/// Returns how many workers were told.
pub(super) async fn order(store: &RedisStore, worker: Option<WorkerId>, order: WorkerOrder) -> Read<u32> {
    let mut cmd = store.begin(&script::ORDER);
    cmd.arg(worker.as_ref().map_or("", |worker| worker.as_str())).arg(order as u8);
    let mut reply = Reply::of(store.run(&script::ORDER, &cmd, Tries::UntilDone).await?)?;
    let told = reply.number()? as u32;
    store.hear(&reply.text()?);
    Ok(told)
}
