//! The engine of a process, with its cache of compiled modules and the processes that compile.

use cofferdam_sandbox::{Engine, EngineConfig, HostError, Workshop};

use crate::config::Config;

/// This program as it runs, also when its file has been replaced since.
const OURSELVES: &str = "/proc/self/exe";
/// The allocator of this program reserves a GiB at its start, and a child has a limit.
const RESERVE_LITTLE: (&str, &str) = ("MIMALLOC_ARENA_RESERVE", "32MiB");

/// Opens the engine. A cache that cannot be used costs time, not work: it is told, and left.
pub fn open_engine(config: &Config, slots: u32) -> Result<Engine, HostError> {
    let wanted = EngineConfig {
        cache_dir: config.cache.resolved(),
        slots,
        workshop: workshop(config),
        ..EngineConfig::default()
    };
    match Engine::new(wanted.clone()) {
        Err(error @ HostError::Cache { .. }) => {
            tracing::warn!("{error}; compiled modules are not kept");
            Engine::new(EngineConfig { cache_dir: None, ..wanted })
        }
        opened => opened,
    }
}

/// Where modules are compiled, and traces named. Not in the process that runs them; but a program
/// of tests cannot be started as a child of itself.
pub fn workshop(config: &Config) -> Workshop {
    if cfg!(test) {
        return Workshop::ThisProcess;
    }
    let (name, value) = RESERVE_LITTLE;
    Workshop::Child {
        program: OURSELVES.into(),
        memory_bytes: config.compile.memory_bytes,
        variables: vec![(name.to_owned(), value.to_owned())],
    }
}
