//! The right to commit, timed by the worker's own clock.
//!
//! A lease is the worker's, not a job's. It is valid for its length from *before* the
//! request that renewed it was sent, because the store counts from some moment
//! after that: the worker gives up before anybody else may take its jobs. A worker that
//! lost its lease ends what runs, writes nothing, and signs on anew under another id.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use cofferdam_queue::{Timestamp, WorkerFacts, WorkerId};
use tokio::sync::Notify;

use crate::config::WorkerConfig;
use crate::queues;
use crate::world::{Moment, World};

/// One lease: from signing on to its loss.
pub(crate) struct Lease {
    pub worker: WorkerId,
    /// Tells the leases of one process apart.
    pub no: u64,
    pub length: Duration,
    valid_until_us: AtomicU64,
    over: AtomicBool,
    /// Beat now instead of at the next interval.
    pub nudge: Notify,
}

impl Lease {
    pub fn new(worker: WorkerId, no: u64, length: Duration, asked_at: Moment) -> Lease {
        Lease {
            worker,
            no,
            length,
            valid_until_us: AtomicU64::new((asked_at + length).as_micros()),
            over: AtomicBool::new(false),
            nudge: Notify::new(),
        }
    }

    /// The store renewed it, asked at `asked_at`.
    pub fn renewed(&self, asked_at: Moment) {
        self.valid_until_us.fetch_max((asked_at + self.length).as_micros(), Ordering::AcqRel);
    }

    pub fn valid_until(&self) -> Moment {
        Moment::from_micros(self.valid_until_us.load(Ordering::Acquire))
    }

    /// Lost or given up: its heartbeat stops.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.nudge.notify_one();
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

/// What the dispatcher shows its heartbeat.
#[derive(Default)]
pub(crate) struct Pulse {
    turned_at_us: AtomicU64,
    reserved_bytes: AtomicU64,
    running: AtomicU32,
    quiet: AtomicBool,
}

impl Pulse {
    /// Whether the next beat should not wait for its time: `quiet` is another than before.
    pub fn turn(&self, now: Moment, reserved_bytes: u64, running: usize, quiet: bool) -> bool {
        self.turned_at_us.store(now.as_micros(), Ordering::Release);
        self.reserved_bytes.store(reserved_bytes, Ordering::Relaxed);
        self.running.store(u32::try_from(running).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.quiet.swap(quiet, Ordering::Relaxed) != quiet
    }

    pub fn turned_at(&self) -> Moment {
        Moment::from_micros(self.turned_at_us.load(Ordering::Acquire))
    }

    pub fn reserved_bytes(&self) -> u64 {
        self.reserved_bytes.load(Ordering::Relaxed)
    }

    pub fn running(&self) -> u32 {
        self.running.load(Ordering::Relaxed)
    }

    pub fn quiet(&self) -> bool {
        self.quiet.load(Ordering::Relaxed)
    }
}

/// How the worker signs on; each time under a new id.
pub(crate) fn facts(config: &WorkerConfig, world: &dyn World) -> WorkerFacts {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let host: String = config.host.chars().filter(|&c| plain(c)).take(64).collect();
    let id = format!("{host}-{}-{:012x}", config.pid, world.random_u64() & 0xffff_ffff_ffff);
    let started_at: Timestamp = world.wall();
    WorkerFacts {
        id: WorkerId::trusted(&id),
        host: config.host.clone(),
        pid: config.pid,
        queues: queues::names(&config.queues),
        concurrency: config.concurrency,
        budget_bytes: config.budget_bytes,
        lease_ms: u64::try_from(config.lease.as_millis()).unwrap_or(u64::MAX),
        version: config.version.clone(),
        started_at,
    }
}
