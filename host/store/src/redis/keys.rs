//! Every key of a store: its type, what it holds, how long it lives.
//!
//! All begin with the store's name in braces, `{cofferdam}:`, the hash tag that keeps them on one
//! node of a Cluster. `<n>` is a job's number, in the order of pushing; `<lane>` is a queue, a kind,
//! a step of the memory ladder, and the module that wrote the checkpoint with its version.

/// One key, or one for each of something.
pub struct Key {
    /// What follows the tag.
    pub name: &'static str,
    /// The type that Redis has for it.
    pub holds: &'static str,
    /// What is in it.
    pub content: &'static str,
    /// When it goes.
    pub lifetime: &'static str,
}

macro_rules! key {
    ($name:literal, $holds:literal, $content:literal, $lifetime:literal) => {
        Key { name: $name, holds: $holds, content: $content, lifetime: $lifetime }
    };
}

/// All of them.
pub const KEYS: &[Key] = &[
    key!(
        "head",
        "hash",
        "the next number, how many completed jobs are kept, the count of deploys, when a worker was heard last",
        "always"
    ),
    key!("ids", "hash", "the number of each job, by id", "with the job"),
    key!("job", "hash", "what was pushed, by number: queue, kind, time, parent, id, input", "with the job"),
    key!(
        "lease",
        "hash",
        "jobs that run, by number: token, last commit, worker, module",
        "until the attempt ends"
    ),
    key!(
        "ended",
        "hash",
        "jobs that ended, by number: state, last attempt, reason, output, report",
        "with the job"
    ),
    key!(
        "more:<n>",
        "hash",
        "where else a job stands; its checkpoint, progress, count of log lines",
        "with the job"
    ),
    key!(
        "attempts:<n>",
        "list",
        "ended attempts that were not the job's end, with their reports",
        "with the job"
    ),
    key!("append:<n>", "hash", "chunks of work data, by effect number", "with the job"),
    key!("parts:<n>", "hash", "the part and size of each chunk", "with the job"),
    key!("log:<n>", "list", "log lines, oldest first", "with the job"),
    key!("lanes", "set", "the lanes that have jobs", "always"),
    key!("line:<lane>", "list", "numbers of available jobs as they were pushed", "until they are claimed"),
    key!(
        "back:<lane>",
        "sorted set",
        "numbers of available jobs that came back, by place",
        "until they are claimed"
    ),
    key!(
        "gone:<lane>",
        "set",
        "numbers in the line that were cancelled there",
        "until the line has passed them"
    ),
    key!(
        "due:<state>",
        "sorted set",
        "scheduled (0) and retryable (3) jobs, by when they are due",
        "until they are due"
    ),
    key!("late", "hash", "how many jobs of each queue are due later", "always"),
    key!("completed", "list", "completed jobs in the order of finishing", "as retention says"),
    key!(
        "over:<state>",
        "sorted set",
        "dead (6), cancelled (7) and discarded (8) jobs, by when they ended",
        "with the job"
    ),
    key!("queues", "set", "every queue that had jobs", "always"),
    key!("paused", "set", "the queues that are paused", "until they are resumed"),
    key!("cancel", "set", "numbers of running jobs whose end was asked for", "until the attempt ends"),
    key!(
        "waiting",
        "hash",
        "workers that wait for jobs, each with what it asked for: who pushes serves or wakes them",
        "until somebody pushes"
    ),
    key!(
        "workers",
        "hash",
        "when each worker's leases run out; what it says, what it is told",
        "with its lease"
    ),
    key!("facts", "hash", "what each worker said of itself when it signed on", "with its lease"),
    key!("kinds", "hash", "the queue of each deployed kind", "always"),
    key!("current", "hash", "the module that each kind points to", "always"),
    key!(
        "deployed",
        "hash",
        "every module that a kind has pointed to, with its manifest",
        "until it is pruned"
    ),
    key!("needed", "hash", "how many jobs need a module for their checkpoint", "with these jobs"),
    key!("module:<hash>", "hash", "a module, in chunks", "until it is pruned"),
    key!("upload:<hash>:<random>", "hash", "a module on its way", "ten minutes"),
];

/// The channel on which workers are woken. On `wake:<handle>` one of them is handed jobs.
pub const CHANNEL: &str = "wake";

/// A key of the store of this name.
pub(super) fn key(store: &str, name: &str) -> String {
    format!("{{{store}}}:{name}")
}
