//! What Redis says, as what a person can do about it. Every message names the store.

use std::time::Duration;

use cofferdam_queue::StoreError;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// What became of a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// It never left.
    No,
    /// It may have arrived, and done its work.
    Maybe,
}

/// What a caller can do about it.
enum Remedy {
    /// Try again: it did nothing.
    Again,
    /// Try again: it may have done its work.
    AgainKnowing(Sent),
    /// Change something first.
    Change,
}

/// One sentence with the store's name and the remedy.
pub(super) fn explain(store: &str, error: &RedisError, sent: Sent) -> StoreError {
    let said = said(error);
    let (what, remedy) = match error.kind() {
        ErrorKind::Server(kind) => of_server(store, kind, error, &said),
        ErrorKind::AuthenticationFailed => (not_let_in(&said), Remedy::Change),
        ErrorKind::InvalidClientConfig => (format!("cannot be used ({said}): check its URL"), Remedy::Change),
        ErrorKind::MasterNameNotFoundBySentinel => (
            format!("has no primary at the moment ({said}): check the master's name in its URL"),
            Remedy::AgainKnowing(sent),
        ),
        ErrorKind::NoValidReplicasFoundBySentinel | ErrorKind::ClusterConnectionNotFound => {
            (format!("has no primary at the moment ({said})"), Remedy::AgainKnowing(sent))
        }
        _ => match error.code() {
            Some(code) => of_code(code, &said),
            None => of_wire(store, error, sent, &said),
        },
    };
    let message = format!("`{store}` {what}");
    match remedy {
        Remedy::Again => StoreError::Unavailable { message, maybe_applied: false },
        Remedy::AgainKnowing(sent) => StoreError::Unavailable { message, maybe_applied: sent == Sent::Maybe },
        Remedy::Change => StoreError::Unusable { message },
    }
}

fn of_server(store: &str, kind: ServerErrorKind, error: &RedisError, said: &str) -> (String, Remedy) {
    let is_named = store.starts_with("redis://") || store.starts_with("rediss://");
    match kind {
        ServerErrorKind::NoPerm => (not_allowed(said), Remedy::Change),
        ServerErrorKind::BusyLoading => (
            "is still reading its data from the disk and answers when it is done: try again then".to_owned(),
            Remedy::Again,
        ),
        ServerErrorKind::ReadOnly if is_named => (
            "is a replica and takes no writes: name its primary, or, where that changes, write \
             `redis+sentinel://` or `redis+cluster://`"
                .to_owned(),
            Remedy::Again,
        ),
        ServerErrorKind::ReadOnly => {
            ("is a replica now and takes no writes: waiting for the new primary".to_owned(), Remedy::Again)
        }
        ServerErrorKind::CrossSlot | ServerErrorKind::Moved if is_named => {
            ("is a Cluster: write `redis+cluster://` instead of `redis://`".to_owned(), Remedy::Change)
        }
        ServerErrorKind::MasterDown
        | ServerErrorKind::ClusterDown
        | ServerErrorKind::TryAgain
        | ServerErrorKind::Moved
        | ServerErrorKind::Ask => (format!("has no primary at the moment ({said})"), Remedy::Again),
        _ => of_words(error.detail().unwrap_or_default(), said),
    }
}

/// Errors that Redis tells apart by their text only.
fn of_words(detail: &str, said: &str) -> (String, Remedy) {
    if detail.contains("The user executing the script") {
        // The script had begun.
        let what = format!("{}; of what was asked for, a part may have been done", not_allowed(said));
        return (what, Remedy::Change);
    }
    if detail.contains("unauthenticated") {
        return (not_let_in(said), Remedy::Change);
    }
    if detail.contains("max number of clients") {
        return ("takes no more connections: raise its `maxclients`".to_owned(), Remedy::Again);
    }
    if detail.contains("cluster support disabled") {
        return ("is not a Cluster: write `redis://` instead".to_owned(), Remedy::Change);
    }
    if detail.contains("DB index") || detail.contains("SELECT is not allowed") {
        return (format!("has no such database ({said}): check the number in its URL"), Remedy::Change);
    }
    if detail.contains("unknown command") {
        let what = format!(
            "does not know a command that is needed ({said}): a Sentinel is named by `redis+sentinel://`, and \
             a server must be Redis 7.0 or later, or Valkey"
        );
        return (what, Remedy::Change);
    }
    if detail.contains("compiling script") || detail.contains("Could not find engine") {
        let what = format!("does not take our scripts ({said}): it must be Redis 7.0 or later, or Valkey");
        return (what, Remedy::Change);
    }
    (format!("answers {said}: this is a bug of cofferdam, please report it"), Remedy::Change)
}

fn of_code(code: &str, said: &str) -> (String, Remedy) {
    match code {
        "OOM" => (
            "is out of memory and nothing was written: raise its `maxmemory`, or keep fewer finished jobs"
                .to_owned(),
            Remedy::Again,
        ),
        "NOREPLICAS" => (
            "has fewer replicas than its `min-replicas-to-write` and nothing was written: see to its replicas"
                .to_owned(),
            Remedy::Again,
        ),
        "MISCONF" => {
            (format!("cannot write to its disk and takes no writes ({said}): free space there"), Remedy::Again)
        }
        "WRONGTYPE" => (
            "has a key of this store's that somebody else has written to: `cofferdam doctor` names it, unless it is \
             one job's or lane's; remove it, or name another store by `?name=NAME` at the end of its URL"
                .to_owned(),
            Remedy::Change,
        ),
        "BUSY" => (format!("is busy with a script of somebody ({said})"), Remedy::Again),
        "NOAUTH" | "WRONGPASS" => (not_let_in(said), Remedy::Change),
        _ => (format!("answers {said}: this is a bug of cofferdam, please report it"), Remedy::Change),
    }
}

/// Between here and the server.
fn of_wire(store: &str, error: &RedisError, sent: Sent, said: &str) -> (String, Remedy) {
    let is_encrypted = store.starts_with("rediss");
    if is_encrypted && said.contains("certificate") {
        let what = format!(
            "shows a certificate that is not trusted ({said}): let the system trust its authority, or name \
             the authority's file by SSL_CERT_FILE"
        );
        return (what, Remedy::Change);
    }
    if is_encrypted && said.contains("corrupt message") {
        return ("does not speak TLS: write `redis://`, or its TLS port".to_owned(), Remedy::Change);
    }
    // An answer that was cut off in its middle is no answer of Redis' either; but then the server is one.
    if error.kind() == ErrorKind::Parse && sent == Sent::No && !said.contains("end of input") {
        return (
            format!("does not answer as Redis does ({said}): check the port in its URL"),
            Remedy::Change,
        );
    }
    let what = match (error.is_connection_refusal(), sent) {
        (true, _) => format!("cannot be reached ({said}): check that it runs, and its host and port"),
        (false, _) if said.contains("lookup") => {
            format!("cannot be found ({said}): check the host in its URL")
        }
        (false, Sent::No) if !is_encrypted && error.is_connection_dropped() => format!(
            "closed the connection at once ({said}): check that it runs; one that speaks TLS is named by `rediss`"
        ),
        _ => format!("cannot be reached ({said}): check that it runs, and the network"),
    };
    (what, Remedy::AgainKnowing(sent))
}

fn not_let_in(said: &str) -> String {
    format!("does not let us in ({said}): check the user and the password in its URL")
}

fn not_allowed(said: &str) -> String {
    format!(
        "does not let this user do it ({said}): give it the keys, the channel and the commands that \
         docs/OPERATING.md lists"
    )
}

/// Whether this user is not allowed something.
pub(super) fn is_acl(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm)
}

/// What the error says, on one line.
fn said(error: &RedisError) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// No answer in time.
pub(super) fn too_late(store: &str, waited: Duration, sent: Sent) -> StoreError {
    let waited = waited.as_secs_f64();
    let tls = if store.starts_with("rediss") && sent == Sent::No { ", or does not speak TLS" } else { "" };
    let message =
        format!("`{store}` has not answered within {waited:.1}s: it hangs, is busy, is cut off{tls}");
    StoreError::Unavailable { message, maybe_applied: sent == Sent::Maybe }
}

/// Whether the connection is of no use any more: it broke, or leads to what is no primary now.
pub(super) fn breaks_the_connection(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::ReadOnly
                | ServerErrorKind::MasterDown
                | ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::ClusterDown
        ),
        _ => error.code().is_none(),
    }
}

/// A stored value that no version up to this one writes.
pub(super) fn not_understood(what: &str) -> StoreError {
    let message = format!(
        "the Redis store holds a value that this version does not know ({what}): use the version that wrote it, or restore a backup"
    );
    StoreError::Unusable { message }
}
