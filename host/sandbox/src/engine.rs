//! The wasm engine with everything that jobs do not need switched off, and
//! the place where compiled modules are kept. One for a process.

mod artefacts;
mod parked;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::Linker;

use crate::clock::Clock;
use crate::control::Shared;
use crate::error::{HostError, LoadError};
use crate::guest::Guest;
use crate::inspect::{Inspection, inspect};
use crate::program::Program;
use crate::{host_functions, wasi};

use artefacts::Artefacts;
use parked::Parked;
pub(crate) use parked::Slot;

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
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            cache_dir: None,
            slots: 64,
            memory_bytes_max: 4 << 30,
            table_elements_max: 100_000,
            metering: true,
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
    artefacts: Option<Artefacts>,
    config: EngineConfig,
    pooling: bool,
    parked: Parked,
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
        let artefacts = match &config.cache_dir {
            Some(dir) => Some(Artefacts::open(dir, &wasm)?),
            None => None,
        };
        let mut linker = Linker::new(&wasm);
        host_functions::define(&mut linker).map_err(|e| HostError::Engine(format!("{e:#}")))?;
        wasi::define(&mut linker).map_err(|e| HostError::Engine(format!("{e:#}")))?;
        let clock = Clock::start().map_err(HostError::Clock)?;
        let parked = Parked::new(&wasm)?;
        Ok(Self { inner: Arc::new(Inner { wasm, linker, clock, artefacts, config, pooling, parked }) })
    }

    /// Inspects, then compiles or takes from the cache. Blocks for as long as
    /// compilation takes (seconds for a large module): call it from a thread
    /// that may block.
    ///
    /// # Errors
    ///
    /// `Refused` when the module can never run here, `Host` when we failed.
    pub fn load(&self, wasm: &[u8]) -> Result<Program, LoadError> {
        let inspection = inspect(wasm)?;
        self.refuse_oversized(&inspection)?;
        let module = match &self.inner.artefacts {
            Some(artefacts) => artefacts.load_or_compile(&self.inner.wasm, wasm, &inspection.sha256)?,
            None => artefacts::compile(&self.inner.wasm, wasm, &inspection.sha256)?,
        };
        Ok(Program::link(self, module, inspection, wasm)?)
    }

    fn refuse_oversized(&self, inspection: &Inspection) -> Result<(), LoadError> {
        let maximum = u64::from(self.inner.config.table_elements_max);
        if inspection.table_minimum_elements > maximum {
            return Err(LoadError::Refused(crate::Refusal::TooMany {
                what: "table elements",
                count: inspection.table_minimum_elements,
                maximum,
            }));
        }
        if inspection.memory_minimum_bytes > self.inner.config.memory_bytes_max {
            return Err(LoadError::Refused(crate::Refusal::MinimumOverCap {
                minimum_bytes: inspection.minimum_bytes(),
                cap_bytes: self.inner.config.memory_bytes_max,
            }));
        }
        Ok(())
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
        if self.inner.pooling {
            self.inner.parked.ended(&self.inner.wasm, peak_bytes);
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
