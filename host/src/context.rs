//! What every command is given: the resolved configuration, and where its result goes.

use std::path::PathBuf;
use std::sync::Arc;

use cofferdam_queue::Store;

use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;

/// What every command is given.
pub struct Context {
    /// Flags over environment over file over defaults.
    pub config: Config,
    /// The file that was named by flag, if one was.
    pub config_file: Option<PathBuf>,
    /// Text or JSON.
    pub output: Output,
}

impl Context {
    /// Opens the store that the configuration names, and makes it if it is not there: for what
    /// a store begins with.
    pub async fn store(&self) -> Result<Arc<dyn Store>, Failure> {
        crate::open_store::open_store(&self.config).await
    }

    /// Opens the store that the configuration names, which must be there: a mistyped path must
    /// not look like a store without jobs.
    pub async fn existing_store(&self) -> Result<Arc<dyn Store>, Failure> {
        crate::open_store::must_exist(&self.config.store.url)?;
        self.store().await
    }
}
