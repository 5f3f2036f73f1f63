//! The scripts: each operation's text on the house's, known to a server by the hash of both.

use std::sync::LazyLock;

/// One script.
pub(super) struct Script {
    /// What `EVALSHA` calls it.
    pub(super) hash: String,
    /// What `EVAL` takes, and remembers under the hash.
    pub(super) text: String,
}

impl Script {
    fn of(flags: &str, texts: &[&str]) -> Script {
        let text = format!("#!lua {flags}\n{}", texts.concat());
        Script { hash: redis::Script::new(&text).get_hash().to_owned(), text }
    }
}

/// Refused by a server that is out of memory: before it has written anything.
const GROWS: &str = "";
/// Frees memory, or keeps what runs alive: allowed to a server that is out of it.
const MAY_ALWAYS: &str = "flags=allow-oom";
/// A replica may serve it.
const READS: &str = "flags=no-writes,allow-stale";

const HOUSE: &str = include_str!("lua/house.lua");
const JOBS: &str = include_str!("lua/jobs.lua");
const WORKER: &str = include_str!("lua/worker.lua");
const SETTLE: &str = concat!(include_str!("lua/worker.lua"), "\n", include_str!("lua/settle.lua"));
const INSERT: &str = include_str!("lua/insert.lua");
const HAND_OVER: &str = include_str!("lua/hand_over.lua");
const REMOVE: &str = include_str!("lua/remove.lua");
const MODULES: &str = include_str!("lua/modules.lua");

macro_rules! script {
    ($name:ident, $flags:expr, [$($part:expr),*], $file:literal) => {
        pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::of($flags, &[HOUSE, $($part,)* include_str!(concat!("lua/", $file))]));
    };
}

pub(super) static EXCHANGE: LazyLock<Script> = LazyLock::new(|| {
    let (commit, claim) = (include_str!("lua/commit.lua"), include_str!("lua/claim.lua"));
    Script::of(GROWS, &[HOUSE, JOBS, SETTLE, INSERT, commit, claim, include_str!("lua/exchange.lua")])
});
script!(ENQUEUE, GROWS, [JOBS, WORKER, INSERT, HAND_OVER], "enqueue.lua");
script!(RECALL, MAY_ALWAYS, [JOBS, SETTLE], "recall.lua");
script!(HEARTBEAT, MAY_ALWAYS, [JOBS, SETTLE], "heartbeat.lua");
script!(SIGN_ON, MAY_ALWAYS, [JOBS, SETTLE], "sign_on.lua");
script!(SIGN_OFF, MAY_ALWAYS, [JOBS, SETTLE], "sign_off.lua");
script!(BURY, MAY_ALWAYS, [JOBS, SETTLE], "bury.lua");
script!(TEND, MAY_ALWAYS, [JOBS, SETTLE, REMOVE], "tend.lua");
script!(CANCEL, MAY_ALWAYS, [JOBS, SETTLE], "cancel.lua");
script!(RETRY, MAY_ALWAYS, [JOBS, SETTLE], "retry.lua");
script!(DELETE, MAY_ALWAYS, [JOBS, SETTLE, REMOVE], "delete.lua");
script!(PAUSE, MAY_ALWAYS, [], "pause.lua");
script!(ORDER, MAY_ALWAYS, [JOBS, SETTLE], "order.lua");
script!(DEPLOY, GROWS, [MODULES], "deploy.lua");
script!(ROLLBACK, MAY_ALWAYS, [MODULES], "rollback.lua");
script!(PRUNE_MODULES, MAY_ALWAYS, [JOBS, SETTLE, MODULES], "prune_modules.lua");
script!(LOOK, READS, [JOBS, SETTLE], "look.lua");
script!(QUEUES, READS, [JOBS, SETTLE], "queues.lua");
script!(LOG, READS, [], "log.lua");
script!(POINTERS, READS, [JOBS], "pointers.lua");
script!(WORKERS, READS, [], "workers.lua");
/// On nothing of the house: what that calls may be refused.
pub(super) static PERMITTED: LazyLock<Script> =
    LazyLock::new(|| Script::of(READS, &[include_str!("lua/permitted.lua")]));
