//! Pause: jobs of a queue are taken, but not given out.

use cofferdam_queue::QueueName;

use super::link::Tries;
use super::reply::{Read, bytes, text};
use super::script;
use super::store::RedisStore;

pub(super) async fn pause(store: &RedisStore, queue: QueueName, paused: bool) -> Read<()> {
    let mut cmd = store.begin(&script::PAUSE);
    cmd.arg(queue.as_str()).arg(u8::from(paused));
    let woken = text(bytes(store.run(&script::PAUSE, &cmd, Tries::UntilDone).await?)?)?;
    store.hear(&woken);
    Ok(())
}
