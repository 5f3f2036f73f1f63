//! All that a worker stands on: the store, the sandbox with its guests' threads, the machine.

use std::sync::Arc;

use cofferdam_queue::Store;
use cofferdam_sandbox::SLOTS_IN_A_BATCH;
use cofferdam_worker::{Observer, Ports};
use tokio::runtime::Handle;

use super::Settings;
use crate::bridge::{Bridge, Guests, Machine, open_engine};
use crate::config::Config;
use crate::failure::Failure;

/// Threads on which attempts end, beside those of the guests.
const CONTROL_THREADS: u32 = 2;

/// Slots beyond the concurrency: an attempt is over before its slot is free again. They are given
/// back in batches, and each thread may be in the middle of one, for as long as the system lets
/// other threads run instead.
fn spare_slots() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    (cores + CONTROL_THREADS) * SLOTS_IN_A_BATCH
}

/// All that a worker stands on.
pub struct Bed {
    store: Arc<dyn Store>,
    bridge: Arc<Bridge>,
    observer: Arc<dyn Observer>,
}

impl Bed {
    /// Opens the engine and starts the guests' threads. Called on the control runtime.
    pub fn make(
        settings: &Settings,
        config: &Config,
        store: Arc<dyn Store>,
        observer: Arc<dyn Observer>,
    ) -> Result<Bed, Failure> {
        let slots = settings.worker.concurrency.saturating_add(spare_slots());
        let engine = open_engine(config, slots).map_err(Failure::new)?;
        let guests = Guests::for_all_cores()
            .map_err(|error| Failure::new(format!("cannot start the guests' threads: {error}")))?;
        let bridge = Bridge {
            engine,
            guests: Arc::new(guests),
            granted: config.grants.clone(),
            sizes: store.size_limits(),
        };
        Ok(Bed { store, bridge: Arc::new(bridge), observer })
    }

    /// What the store is called.
    pub fn store_name(&self) -> &str {
        self.store.name()
    }

    /// Whether attempts start in slots that were reserved before.
    pub fn is_pooling(&self) -> bool {
        self.bridge.engine.is_pooling()
    }

    /// For one worker.
    pub fn ports(&self) -> Ports {
        Ports {
            drive: self.store.clone(),
            modules: self.store.clone(),
            sandbox: self.bridge.clone(),
            world: Arc::new(Machine::new(Handle::current())),
            observer: self.observer.clone(),
        }
    }
}
