//! Whether the keys of a store are of the types that they have to be. A script that meets another
//! stops half-way, and other programs may use the same server.

use cofferdam_queue::State;
use redis::RedisResult;
use redis::aio::MultiplexedConnection;

use super::keys::{KEYS, key};

/// Those keys, of which there is one, or one for each state, that somebody else has written to: each with what it
/// should be. Changes nothing.
pub(super) async fn misused(name: &str, connection: &mut MultiplexedConnection) -> RedisResult<Vec<String>> {
    let mut misused = Vec::new();
    let named = KEYS.iter().flat_map(|one| {
        // One for each state, by its number.
        let states = if one.name.ends_with("<state>") { 0..=State::ALL.len() } else { 0..=0 };
        states.map(move |state| (one.name.replace("<state>", &state.to_string()), one))
    });
    for (name_of_key, one) in named.filter(|(name, _)| !name.contains('<')) {
        // A question that only this type answers, and that costs nothing however much is in it.
        let question = match one.holds {
            "hash" => redis::cmd("HLEN"),
            "list" => redis::cmd("LLEN"),
            "set" => redis::cmd("SCARD"),
            "sorted set" => redis::cmd("ZCARD"),
            _ => continue,
        };
        let key = key(name, &name_of_key);
        match question.clone().arg(&key).query_async::<u64>(connection).await {
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
