//! What a worker is told at its start.

use std::time::Duration;

use cofferdam_queue::{Policy, QueueOrder};

/// The configuration of one worker. `Default` is what `cofferdam work` does on its own,
/// except for the two figures that depend on the machine.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// The machine's name; part of the worker's id.
    pub host: String,
    /// The process id there; part of the worker's id. Defaults to 0: whoever starts it knows.
    pub pid: u32,
    /// The version of Cofferdam, for people who look.
    pub version: String,
    /// The queues it serves, and in which order. Defaults to all, oldest job first.
    pub queues: QueueOrder,
    /// The most attempts that run at once. Defaults to 10.
    pub concurrency: u32,
    /// The memory to hand out, in bytes. Defaults to 1 GiB.
    pub budget_bytes: u64,
    /// What manifests may ask for. Defaults to no bound.
    pub policy: Policy,
    /// How long its leases live without a heartbeat. Defaults to 15 s.
    pub lease: Duration,
    /// How long a drain waits before it drops what still runs. Defaults to 25 s.
    pub drain_timeout: Duration,
    /// How long a job that does not fit waits before memory is kept free for it. Defaults
    /// to 2 s.
    pub reserve_after: Duration,
    /// How long a cancelled job may take to reach a checkpoint before it is ended where it
    /// stands. Defaults to 25 ms.
    pub cancel_grace: Duration,
    /// How much work is claimed ahead when attempts are short. Defaults to 8 ms; zero:
    /// none.
    pub prefetch: Duration,
    /// When checkpoints become durable.
    pub flush: FlushPolicy,
}

impl Default for WorkerConfig {
    fn default() -> WorkerConfig {
        WorkerConfig {
            host: "localhost".to_owned(),
            pid: 0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            queues: QueueOrder::All,
            concurrency: 10,
            budget_bytes: 1 << 30,
            policy: Policy::default(),
            lease: Duration::from_secs(15),
            drain_timeout: Duration::from_secs(25),
            reserve_after: Duration::from_secs(2),
            cancel_grace: Duration::from_millis(25),
            prefetch: Duration::from_millis(8),
            flush: FlushPolicy::default(),
        }
    }
}

/// When a checkpoint becomes durable that nobody waits for. The first of an attempt does
/// at once, and so does one that its guest waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlushPolicy {
    /// With children. Defaults to 100 ms.
    pub soon: Duration,
    /// Without: the time between two store transactions of one job. Defaults to 1 s.
    pub later: Duration,
}

impl Default for FlushPolicy {
    fn default() -> FlushPolicy {
        FlushPolicy { soon: Duration::from_millis(100), later: Duration::from_secs(1) }
    }
}
