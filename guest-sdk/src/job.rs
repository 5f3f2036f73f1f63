//! [`Job`]: what a running job knows of itself and of its limits.
//!
//! Checkpoints, effects and loops are further `impl Job` blocks, each in the
//! file of its name.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::abi;
use crate::error::Error;
use crate::place::Loops;

/// The running job: passed to the function under `#[job]` as its first argument.
///
/// All methods take `&self`, so that a loop which borrows the job
/// ([`resumable`](Job::resumable)) can go on using it in its body.
#[derive(Debug)]
pub struct Job {
    facts: OnceCell<Facts>,
    /// Serialized states go here, so that a checkpoint allocates only once.
    pub(crate) scratch: RefCell<Vec<u8>>,
    pub(crate) loops: RefCell<Option<Loops>>,
    /// The author checkpoints a state of their own; loops must not overwrite it.
    pub(crate) has_own_state: Cell<bool>,
    /// What went wrong where no error could be returned.
    pub(crate) failed: RefCell<Option<Error>>,
}

/// The answer of `cf_info`. Every field has a default: an older host knows fewer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    pub id: String,
    pub kind: String,
    pub queue: String,
    pub attempt: u64,
    pub resumed: bool,
    pub memory_cap_bytes: u64,
    pub fuel_cap: Option<u64>,
    pub host_allowance_bytes: u64,
    pub timeout_ms: Option<u64>,
    pub limits: Limits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Limits {
    pub output_bytes: u64,
    pub checkpoint_bytes: u64,
    pub append_bytes: u64,
    pub children: u64,
    pub child_bytes: u64,
}

impl Job {
    pub(crate) fn new() -> Self {
        Self {
            facts: OnceCell::new(),
            scratch: RefCell::default(),
            loops: RefCell::default(),
            has_own_state: Cell::new(false),
            failed: RefCell::default(),
        }
    }

    // Asked for at the first use: a job that never looks pays nothing.
    pub(crate) fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| {
            let parsed = abi::with_value(abi::info, |json| serde_json::from_slice(json).ok());
            parsed.ok().flatten().unwrap_or_default()
        })
    }

    /// The job's id. The same in every attempt.
    pub fn id(&self) -> &str {
        &self.facts().id
    }

    /// The kind under which the job was pushed.
    pub fn kind(&self) -> &str {
        &self.facts().kind
    }

    /// The queue from which the job was taken.
    pub fn queue(&self) -> &str {
        &self.facts().queue
    }

    /// The number of this attempt: 1 for the first, and only ever larger.
    pub fn attempt(&self) -> u64 {
        self.facts().attempt
    }

    /// Whether there is a checkpoint from an earlier attempt.
    pub fn is_resumed(&self) -> bool {
        self.facts().resumed
    }

    /// The hard limit of linear memory and tables, in bytes.
    pub fn memory_cap_bytes(&self) -> u64 {
        self.facts().memory_cap_bytes
    }

    /// The fuel that this attempt may use; `None` if it has no bound.
    pub fn fuel_cap(&self) -> Option<u64> {
        self.facts().fuel_cap
    }

    /// What the host may hold for this job (input, output, checkpoint, effects), in bytes.
    pub fn host_allowance_bytes(&self) -> u64 {
        self.facts().host_allowance_bytes
    }

    /// The wall-clock limit of this attempt; `None` if it has none.
    pub fn timeout(&self) -> Option<Duration> {
        self.facts().timeout_ms.map(Duration::from_millis)
    }

    /// Fuel that is left of the attempt's budget now; `None` if it has no bound.
    pub fn fuel_left(&self) -> Option<u64> {
        left(abi::LEFT_FUEL)
    }

    /// Memory that may still be asked for, in bytes.
    pub fn memory_left_bytes(&self) -> Option<u64> {
        left(abi::LEFT_MEMORY_BYTES)
    }

    /// What is left of the host allowance, in bytes.
    pub fn host_left_bytes(&self) -> Option<u64> {
        left(abi::LEFT_HOST_BYTES)
    }

    /// Time until the attempt's deadline; `None` if it has none.
    pub fn time_left(&self) -> Option<Duration> {
        left(abi::LEFT_TIME_MS).map(Duration::from_millis)
    }

    /// Whether the host wants this attempt to stop soon. A job that checkpoints
    /// need not ask: its next checkpoint does not return then.
    pub fn stop_requested(&self) -> bool {
        abi::stop_requested() == 1
    }

    /// The directory of a grant, for `std::fs`: `/NAME` in the sandbox, and in
    /// a test the directory given to [`TestJob::grant`](crate::testing::TestJob::grant).
    pub fn grant(&self, name: &str) -> PathBuf {
        grant_directory(name)
    }
}

fn left(which: i32) -> Option<u64> {
    u64::try_from(abi::left(which)).ok()
}

#[cfg(target_family = "wasm")]
fn grant_directory(name: &str) -> PathBuf {
    PathBuf::from(format!("/{name}"))
}

#[cfg(not(target_family = "wasm"))]
fn grant_directory(name: &str) -> PathBuf {
    crate::testing::grant_directory(name)
}
