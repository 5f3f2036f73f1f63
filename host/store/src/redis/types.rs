//! Whether the keys of a store are of the types that they have to be. A script that meets another
//! stops half-way, and other programs may use the same server.

use cofferdam_queue::State;
use redis::RedisResult;
use redis::aio::MultiplexedConnection;

use super::keys::{KEYS, key};

/// The keys that somebody else has written to, among those of which there is one, or one for each
/// state: each with what it should be. Changes nothing. Those of single jobs and lanes are not looked at.
pub(super) async fn misused(name: &str, connection: &mut MultiplexedConnection) -> RedisResult<Vec<String>> {
    let mut misused = Vec::new();
    let named = KEYS.iter().flat_map(|one| {
        let states = if one.name.ends_with("<state>") { &State::ALL[..] } else { &State::ALL[..1] };
        states.iter().map(move |state| (one.name.replace("<state>", &(*state as u8).to_string()), one))
    });
    for (name_of_key, one) in named.filter(|(name, _)| !name.contains('<')) {
        // A question that only this type answers, and that costs nothing however much is in it.
        let mut question = match one.holds {
            "hash" => redis::cmd("HLEN"),
            "list" => redis::cmd("LLEN"),
            "set" => redis::cmd("SCARD"),
            "sorted set" => redis::cmd("ZCARD"),
            _ => continue,
        };
        let key = key(name, &name_of_key);
        match question.arg(&key).query_async::<u64>(connection).await {
            Err(error) if error.code() == Some("WRONGTYPE") => {
                misused.push(format!("`{key}` is no {}", one.holds));
            }
            // Refused or elsewhere: other facts tell it.
            Err(error) if error.code().is_none() => return Err(error),
            _ => {}
        }
    }
    Ok(misused)
}
