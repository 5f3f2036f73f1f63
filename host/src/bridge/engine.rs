//! The engine of a process, with its cache of compiled modules.

use cofferdam_sandbox::{Engine, EngineConfig, HostError};

/// Opens the engine. A cache that cannot be used costs time, not work: it is told, and left.
pub fn open_engine(config: EngineConfig) -> Result<Engine, HostError> {
    match Engine::new(config.clone()) {
        Err(error @ HostError::Cache { .. }) => {
            tracing::warn!("{error}; compiled modules are not kept");
            Engine::new(EngineConfig { cache_dir: None, ..config })
        }
        opened => opened,
    }
}
