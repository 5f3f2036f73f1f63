//! Cancel: at once when the job is not running, through its worker when it is.

use cofferdam_queue::{CancelReply, JobId};

use super::inspect::standing::state_of;
use super::reply::Read;
use super::script;
use super::store::RedisStore;

pub(super) async fn cancel(store: &RedisStore, ids: Vec<JobId>) -> Read<Vec<CancelReply>> {
    let letters = store.of_each(&script::CANCEL, &ids).await?;
    let reply = |letter: char| match letter {
        'c' => Ok(CancelReply::Cancelled),
        'r' => Ok(CancelReply::Requested),
        'u' => Ok(CancelReply::Unknown),
        digit => state_of(digit).map(CancelReply::Ended),
    };
    letters.chars().map(reply).collect()
}
