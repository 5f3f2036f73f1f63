//! What a worker works with: flags over configuration over what suits this machine.

use std::time::Duration;

use cofferdam_worker::WorkerConfig;

use super::Args;
use crate::config::Config;
use crate::memory_budget::{self, MemoryBudget};

/// Attempts at once for each core: enough that those which wait for a commit do not leave
/// it idle.
const CONCURRENCY_PER_CORE: u32 = 8;

/// What a worker works with.
#[derive(Clone, Debug)]
pub struct Settings {
    pub worker: WorkerConfig,
    pub budget: MemoryBudget,
}

impl Settings {
    /// Resolves them.
    pub fn of(args: &Args, config: &Config) -> Settings {
        let said = &config.worker;
        let budget = match args.memory_budget.or(said.memory_budget_bytes) {
            Some(bytes) => memory_budget::chosen(bytes),
            None => memory_budget::of_this_machine(),
        };
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        let worker = WorkerConfig {
            host: host(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            queues: args.queues.clone().unwrap_or_else(|| said.queues.clone()),
            concurrency: args.concurrency.or(said.concurrency).unwrap_or(CONCURRENCY_PER_CORE * cores),
            budget_bytes: budget.bytes,
            policy: config.policy,
            lease: Duration::from_millis(args.lease.unwrap_or(said.lease_ms)),
            drain_timeout: Duration::from_millis(args.drain_timeout.unwrap_or(said.drain_timeout_ms)),
            ..WorkerConfig::default()
        };
        Settings { worker, budget }
    }
}

/// The machine's name, as it may be a part of a worker's.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    let name: String = name.trim().chars().take(64).map(plain).collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}
