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
    /// Of this process; for a supervisor: of all its processes together.
    pub worker: WorkerConfig,
    pub budget: MemoryBudget,
    pub processes: u32,
}

impl Settings {
    /// Resolves them.
    pub fn of(args: &Args, config: &Config) -> Settings {
        let said = &config.worker;
        let budget = match (args.supervised, args.memory_budget.or(said.memory_budget_bytes)) {
            // Not looked up again: by now others have taken of it.
            (Some(share), _) => memory_budget::shared(share.budget_bytes),
            (None, Some(bytes)) => memory_budget::chosen(bytes),
            (None, None) => memory_budget::of_this_machine(),
        };
        let processes = args.processes.unwrap_or(said.processes);
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
        let mut settings = Settings { worker, budget, processes };
        if args.supervised.is_some() {
            settings.worker.concurrency = settings.concurrency_of_each();
        }
        settings
    }

    fn concurrency_of_each(&self) -> u32 {
        self.worker.concurrency.div_ceil(self.processes)
    }

    /// What each process has of it.
    pub fn share(&self) -> WorkerConfig {
        WorkerConfig {
            budget_bytes: self.budget.bytes / u64::from(self.processes),
            concurrency: self.concurrency_of_each(),
            ..self.worker.clone()
        }
    }
}

/// The machine's name, as it may be a part of a worker's.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    let name: String = name.trim().chars().take(64).map(plain).collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}
