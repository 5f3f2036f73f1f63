//! The numbers of the jobs in a state, from the keys of that state: so that few jobs among many
//! are found without passing over the many.

use std::collections::BTreeSet;

use cofferdam_queue::State;

use super::super::reply::{Read, Reply, Words, number};
use super::super::store::RedisStore;

/// So many are read in one call: the server does nothing else meanwhile.
const STEP: usize = 10_000;

/// The numbers of the jobs in these states, newest first; of available ones at least the newest
/// `limit`.
pub(super) async fn numbers_in(store: &RedisStore, states: &[State], limit: usize) -> Read<Vec<u64>> {
    let mut numbers = BTreeSet::new();
    for &state in states {
        match state {
            State::Running => {
                numbers.extend(read(store, redis::cmd("HKEYS").arg(store.link.key("lease"))).await?)
            }
            State::Scheduled | State::Retryable | State::Waiting => {
                tail(store, "ZRANGE", &format!("due:{}", state as u8), usize::MAX, &mut numbers).await?;
            }
            State::Dead | State::Cancelled | State::Discarded => {
                tail(store, "ZRANGE", &format!("over:{}", state as u8), usize::MAX, &mut numbers).await?;
            }
            State::Completed => tail(store, "LRANGE", "completed", usize::MAX, &mut numbers).await?,
            State::Available => available(store, limit, &mut numbers).await?,
        }
    }
    Ok(numbers.into_iter().rev().collect())
}

/// Who stands in line as it was pushed stands there by number; who came back does not.
async fn available(store: &RedisStore, limit: usize, numbers: &mut BTreeSet<u64>) -> Read<()> {
    let lanes = store.link.ask(redis::cmd("SMEMBERS").arg(store.link.key("lanes"))).await?;
    for lane in Reply::of(lanes)?.texts()? {
        let gone = store.link.ask(redis::cmd("SCARD").arg(store.link.key(&format!("gone:{lane}")))).await?;
        let gone = usize::try_from(number(gone)?).unwrap_or(usize::MAX);
        tail(store, "LRANGE", &format!("line:{lane}"), limit.saturating_add(gone), numbers).await?;
        tail(store, "ZRANGE", &format!("back:{lane}"), usize::MAX, numbers).await?;
    }
    Ok(())
}

/// The last `most` of a list or sorted set, from its end on: what is added meanwhile is read
/// twice, and nothing is missed.
async fn tail(
    store: &RedisStore,
    command: &str,
    key: &str,
    most: usize,
    numbers: &mut BTreeSet<u64>,
) -> Read<()> {
    let mut before = 0;
    while before < most {
        let count = STEP.min(most - before);
        let mut cmd = redis::cmd(command);
        cmd.arg(store.link.key(key)).arg(-((before + count) as i64)).arg(-(before as i64) - 1);
        let some = read(store, &cmd).await?;
        before += count;
        let is_all = some.len() < count;
        numbers.extend(some);
        if is_all {
            break;
        }
    }
    Ok(())
}

async fn read(store: &RedisStore, cmd: &redis::Cmd) -> Read<Vec<u64>> {
    let texts = Reply::of(store.link.ask(cmd).await?)?.texts()?;
    // The number comes first, whatever else is noted with it.
    texts.iter().map(|text| Words(text.as_bytes()).parse()).collect()
}
