//! What a SQLite store is opened with.

use std::path::PathBuf;
use std::sync::Arc;

use cofferdam_queue::{Clock, SizeLimits};

use crate::{Retention, SystemClock};

/// What is durable when a push or a commit is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// All of it, on the disk: a power failure loses nothing that was acknowledged.
    #[default]
    Full,
    /// A killed process loses nothing; a power failure or a crash of the system may lose
    /// the last moments. The file stays whole.
    Normal,
}

/// How to open a store.
#[derive(Clone)]
pub struct SqliteConfig {
    /// The database file; created when it is not there. `<path>-workers/`, beside it, holds
    /// what its processes tell each other.
    pub path: PathBuf,
    /// Default: [`Synchronous::Full`].
    pub synchronous: Synchronous,
    /// How long finished jobs are kept.
    pub retention: Retention,
    /// The largest values taken.
    pub size_limits: SizeLimits,
    /// Where the time is read; the machine's clock by default.
    pub clock: Arc<dyn Clock>,
    /// The largest size of the file, in bytes; beyond it a push is refused as on a full disk.
    /// `None`: as large as the disk.
    pub bytes_max: Option<u64>,
    /// Called in the middle of a group: after a commit was written and before its transaction
    /// ends. For tests that end the process there; nothing by default.
    pub in_group: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl SqliteConfig {
    /// The defaults, for the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> SqliteConfig {
        SqliteConfig {
            path: path.into(),
            synchronous: Synchronous::default(),
            retention: Retention::default(),
            size_limits: SizeLimits::default(),
            clock: Arc::new(SystemClock),
            bytes_max: None,
            in_group: None,
        }
    }
}
