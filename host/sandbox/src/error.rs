//! What goes wrong on our side. What is wrong with a module is a
//! [`Refusal`]; what a guest does is an [`Outcome`](crate::Outcome).

use std::path::PathBuf;

use crate::inspect::Refusal;

/// Our fault or the machine's, never the module's.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("cannot set up the wasm engine: {0}")]
    Engine(String),
    #[error("cannot compile `sha256:{hash}`: {reason}")]
    Compile { hash: String, reason: String },
    #[error("cannot compile in a process apart: {0}")]
    Apart(String),
    #[error("cannot hold a module in memory: {0}")]
    Module(std::io::Error),
    #[error("cannot use the module cache `{}`: {reason}", path.display())]
    Cache { path: PathBuf, reason: String },
    #[error("cannot start the clock thread: {0}")]
    Clock(std::io::Error),
}

/// Why a module could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The module's fault: no worker with these limits will ever run it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Ours: worth another try elsewhere or later.
    #[error(transparent)]
    Host(#[from] HostError),
}
