//! What a user of the server has to be allowed, and whether this one is.
//!
//! A script that is refused a command half-way leaves half its writes: a worker asks before it begins.

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind};

use super::error::is_acl;
use super::keys::{CHANNEL, key};
use super::script::PERMITTED;
use super::store::RedisStore;

/// Every command that this store calls, by itself or in a script, on keys of its own.
pub const COMMANDS: &[&str] = &[
    "del",
    "eval",
    "evalsha",
    "exists",
    "expire",
    "hdel",
    "hexists",
    "hget",
    "hgetall",
    "hincrby",
    "hkeys",
    "hlen",
    "hmget",
    "hrandfield",
    "hset",
    "hstrlen",
    "lindex",
    "llen",
    "lpop",
    "lpush",
    "lrange",
    "ltrim",
    "persist",
    "rename",
    "rpush",
    "sadd",
    "scard",
    "sismember",
    "smembers",
    "smismember",
    "srem",
    "unlink",
    "zadd",
    "zcard",
    "zrange",
    "zrem",
];

/// Every command that it calls without a key.
pub const COMMANDS_WITHOUT_KEY: &[&str] = &["ping", "publish", "pubsub|numsub", "subscribe", "time"];

/// What is needed besides by the URL of a Cluster.
pub const COMMANDS_IN_CLUSTER: &[&str] = &["cluster|keyslot", "cluster|slots"];

/// What `cofferdam doctor` and the check at a worker's start ask; without them they say less.
pub const COMMANDS_TO_LOOK: &[&str] = &["cluster|info", "config|get", "info"];

/// What this user may not do of all that, and whether the store is on another node.
pub(super) async fn refused(
    store: &RedisStore,
    connection: &mut MultiplexedConnection,
) -> RedisResult<(Option<Vec<String>>, bool)> {
    let name = &store.config.address.name;
    let mut ask = redis::cmd("EVAL");
    ask.arg(&PERMITTED.text).arg(1).arg(key(name, "head")).arg(key(name, CHANNEL));
    for command in COMMANDS.iter().chain(COMMANDS_WITHOUT_KEY) {
        ask.arg(command);
    }
    match ask.query_async::<Vec<String>>(connection).await {
        Ok(refused) => Ok((Some(refused.iter().map(|command| format!("`{command}`")).collect()), false)),
        Err(error) if is_acl(&error) => Ok((Some(vec![what_is_said(&error)]), false)),
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::Moved) => Ok((None, true)),
        // Too old for it, or between two primaries: what that means is told by other facts.
        Err(error) if error.code().is_some() => Ok((None, false)),
        Err(error) => Err(error),
    }
}

fn what_is_said(error: &RedisError) -> String {
    match error.detail() {
        Some(detail) if detail.contains("keys") => "the keys of this store".to_owned(),
        _ => "`eval`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The first word in quotes after each of these.
    fn named(text: &str, calls: &[&str], quote: char) -> BTreeSet<String> {
        let after = calls.iter().flat_map(|call| text.split(call).skip(1));
        let words = after.filter_map(|rest| rest.strip_prefix(quote)?.split(quote).next());
        words.map(str::to_lowercase).collect()
    }

    fn files(folder: &str, ending: &str) -> Vec<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = paths.filter(|path| path.extension().is_some_and(|is| is == ending));
        files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    #[test]
    fn the_commands_that_scripts_and_files_call_are_those_listed() {
        let mut called = BTreeSet::new();
        for script in files("src/redis/lua", "lua") {
            called.extend(named(&script, &["call(", "many("], '\''));
        }
        for source in files("src/redis", "rs").into_iter().chain(files("src/redis/inspect", "rs")) {
            let shipped = source.split("#[cfg(test)]").next().unwrap();
            called.extend(named(shipped, &["redis::cmd("], '"'));
        }
        // By a name in a variable, and through the client's own methods.
        called.extend(["evalsha", "sadd", "srem", "hlen", "scard", "subscribe", "ping"].map(str::to_owned));
        let beside = ["info", "config", "cluster"];
        let listed: BTreeSet<String> = COMMANDS
            .iter()
            .chain(COMMANDS_WITHOUT_KEY)
            .chain(&beside)
            .map(|name| name.split('|').next().unwrap().to_owned())
            .collect();
        assert_eq!(called, listed);
    }
}
