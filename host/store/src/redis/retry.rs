//! Retry by hand: the job is available, with its counters at zero and its last checkpoint.

use cofferdam_queue::{JobId, RetryReply};

use super::inspect::standing::state_of;
use super::reply::Read;
use super::script;
use super::store::RedisStore;

pub(super) async fn retry(store: &RedisStore, ids: Vec<JobId>) -> Read<Vec<RetryReply>> {
    let letters = store.of_each(&script::RETRY, &ids).await?;
    let reply = |letter: char| match letter {
        'a' => Ok(RetryReply::Available),
        'u' => Ok(RetryReply::Unknown),
        digit => state_of(digit).map(RetryReply::Not),
    };
    letters.chars().map(reply).collect()
}
