//! Delete: a finished job goes, with all that belongs to it.

use cofferdam_queue::JobId;

use super::reply::Read;
use super::script;
use super::store::RedisStore;

pub(super) async fn delete(store: &RedisStore, ids: Vec<JobId>) -> Read<Vec<JobId>> {
    let letters = store.of_each(&script::DELETE, &ids).await?;
    Ok(ids.into_iter().zip(letters.chars()).filter(|(_, letter)| *letter == 'd').map(|(id, _)| id).collect())
}
