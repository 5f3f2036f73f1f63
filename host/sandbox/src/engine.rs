//! The wasm engine with everything that jobs do not need switched off, the
//! compiler too. One for a process.

mod parked;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::Linker;

use crate::clock::Clock;
use crate::control::Shared;
use crate::error::{HostError, LoadError};
use crate::guest::Guest;
use crate::modules::{Loaded, Modules};
use crate::program::Program;
use crate::workshop::Workshop;
use crate::{host_functions, wasi};

use parked::Parked;
pub use parked::SLOTS_IN_A_BATCH;
pub(crate) use parked::Slot;
pub(crate) use settings::compiler;

/// Which prices fuel is counted in. Figures of different models do not compare.
pub const FUEL_MODEL: u32 = 1;

/// How an engine is set up; it cannot be changed afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// Where compiled modules are kept between runs: a directory that only this
    /// user may enter (created so; refused when others may write to it).
    /// `None`: every load compiles. Default `None`.
    pub cache_dir: Option<PathBuf>,
    /// Attempts at once; one more ends as a host error. Default 64.
    pub slots: u32,
    /// The largest memory cap that an attempt may ask for. Default, and at
    /// most, 4 GiB.
    pub memory_bytes_max: u64,
    /// The largest table, in elements. Default 100,000.
    pub table_elements_max: u32,
    /// Whether fuel is counted. Off only in benchmarks, to know its cost:
    /// without it neither fuel nor preemption works. Default on.
    pub metering: bool,
    /// Where modules are compiled, and traps' frames named. The engine itself cannot do either.
    /// Default: in this process, which is for modules that are trusted.
    pub workshop: Workshop,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            cache_dir: None,
            slots: 64,
            memory_bytes_max: 4 << 30,
            table_elements_max: 100_000,
            metering: true,
            workshop: Workshop::ThisProcess,
        }
    }
}

/// Loads modules. Cheap to clone; clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    wasm: wasmtime::Engine,
    linker: Linker<Box<Guest>>,
    clock: Arc<Clock>,
    modules: Modules,
    config: EngineConfig,
    pooling: bool,
    parked: Option<Parked>,
}

impl Engine {
    /// Reserves the address space for all slots and starts the clock thread.
    ///
    /// # Errors
    ///
    /// When the machine cannot run the engine, or the cache directory is not
    /// private or cannot be made.
    pub fn new(config: EngineConfig) -> Result<Self, HostError> {
        let (wasm, pooling) = settings::build(&config)?;
        let modules = Modules::open(&wasm, &config)?;
        let mut linker = Linker::new(&wasm);
        host_functions::define(&mut linker).map_err(|e| HostError::Engine(format!("{e:#}")))?;
        wasi::define(&mut linker).map_err(|e| HostError::Engine(format!("{e:#}")))?;
        let clock = Clock::start().map_err(HostError::Clock)?;
        // One attempt has its slot given back when the process ends.
        let waits = pooling && config.slots > 1;
        let parked = waits.then(|| Parked::new(&modules)).transpose()?;
        Ok(Self { inner: Arc::new(Inner { wasm, linker, clock, modules, config, pooling, parked }) })
    }

    /// Takes it from the cache, or has it inspected and compiled. Blocks for as long as
    /// compilation takes (seconds for a large module): call it from a thread
    /// that may block.
    ///
    /// # Errors
    ///
    /// `Refused` when the module can never run here, `Host` when we failed.
    pub fn load(&self, wasm: &[u8]) -> Result<Program, LoadError> {
        let Loaded { module, inspection, symbols } = self.inner.modules.load(wasm)?;
        Ok(Program::link(self, module, inspection, symbols)?)
    }

    pub fn config(&self) -> &EngineConfig {
        &self.inner.config
    }

    /// Whether attempts run in pre-reserved slots. False on machines with too
    /// little address space: everything works, starting costs more.
    pub fn is_pooling(&self) -> bool {
        self.inner.pooling
    }

    /// For an attempt: to be dropped after its store.
    pub(crate) fn slot(&self, shared: Arc<Shared>) -> Slot {
        Slot { engine: self.clone(), shared }
    }

    fn is_free_again(&self, peak_bytes: u64) {
        if let Some(parked) = &self.inner.parked {
            parked.ended(&self.inner.wasm, peak_bytes);
        }
    }

    pub(crate) fn wasm(&self) -> &wasmtime::Engine {
        &self.inner.wasm
    }

    pub(crate) fn linker(&self) -> &Linker<Box<Guest>> {
        &self.inner.linker
    }

    pub(crate) fn clock(&self) -> &Arc<Clock> {
        &self.inner.clock
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.inner.config)
            .field("pooling", &self.inner.pooling)
            .finish_non_exhaustive()
    }
}
