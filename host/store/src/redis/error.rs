//! What Redis says, as what a person can do about it. Every message names the store.

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

/// One sentence with the store's name and the remedy.
pub(super) fn explain(store: &str, error: &RedisError, sent: Sent) -> StoreError {
    let unavailable = |what: String, maybe_applied| StoreError::Unavailable { message: what, maybe_applied };
    let unusable = |message: String| StoreError::Unusable { message };
    let said = said(error);
    match error.kind() {
        ErrorKind::AuthenticationFailed => unusable(format!(
            "`{store}` does not let us in ({said}): check the user and the password in its URL"
        )),
        ErrorKind::InvalidClientConfig => {
            unusable(format!("`{store}` cannot be used ({said}): check its URL"))
        }
        ErrorKind::Server(ServerErrorKind::NoPerm) => unusable(format!(
            "`{store}` does not let this user do it ({said}): give it the keys and commands that docs/OPERATING.md lists"
        )),
        ErrorKind::Server(ServerErrorKind::BusyLoading) => unavailable(
            format!("`{store}` is still reading its data from the disk; it answers when it is done"),
            false,
        ),
        ErrorKind::Server(ServerErrorKind::ReadOnly) => unavailable(
            format!("`{store}` is a replica now and takes no writes; waiting for the new primary"),
            false,
        ),
        ErrorKind::Server(
            ServerErrorKind::MasterDown
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::TryAgain
            | ServerErrorKind::Moved
            | ServerErrorKind::Ask,
        ) => unavailable(format!("`{store}` has no primary at the moment ({said})"), false),
        ErrorKind::Server(ServerErrorKind::CrossSlot) => {
            unusable(format!("`{store}` is a Cluster: write `redis+cluster://` instead of `redis://`"))
        }
        ErrorKind::MasterNameNotFoundBySentinel
        | ErrorKind::NoValidReplicasFoundBySentinel
        | ErrorKind::ClusterConnectionNotFound => {
            unavailable(format!("`{store}` has no primary at the moment ({said})"), sent == Sent::Maybe)
        }
        _ => match error.code() {
            Some("OOM") => unavailable(
                format!(
                    "`{store}` is out of memory: nothing was written; raise its `maxmemory`, or keep fewer finished jobs"
                ),
                false,
            ),
            Some("NOREPLICAS") => unavailable(
                format!("`{store}` has fewer replicas than its `min-replicas-to-write`: nothing was written"),
                false,
            ),
            Some("MISCONF") => unavailable(
                format!("`{store}` cannot write to its disk and takes no writes ({said}): free space there"),
                false,
            ),
            Some("BUSY") => {
                unavailable(format!("`{store}` is busy with a script of somebody ({said})"), false)
            }
            Some("NOAUTH" | "WRONGPASS") => unusable(format!(
                "`{store}` does not let us in ({said}): check the user and the password in its URL"
            )),
            Some(_) => unusable(format!("`{store}`: {said}: this is a bug of cofferdam, please report it")),
            None => unavailable(format!("`{store}` cannot be reached: {said}"), sent == Sent::Maybe),
        },
    }
}

/// What the error says, on one line.
fn said(error: &RedisError) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// No answer in time.
pub(super) fn too_late(store: &str, waited: std::time::Duration, sent: Sent) -> StoreError {
    let message = format!("`{store}` has not answered within {:.1}s", waited.as_secs_f64());
    StoreError::Unavailable { message, maybe_applied: sent == Sent::Maybe }
}

/// Whether the connection is of no use any more: it broke, or leads to what is no primary now.
pub(super) fn breaks_the_connection(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => matches!(kind, ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown),
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
