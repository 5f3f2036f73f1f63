//! Where a run keeps its ledger, and the configurations and logs of its workers.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A folder of this run alone. It goes when the run was right, and stays when it was not.
pub struct Place {
    dir: PathBuf,
}

impl Place {
    /// Makes it, for nobody else to look into.
    pub fn make() -> Result<Place, Failure> {
        let name = format!("cofferdam-chaos-{:016x}", rand::random::<u64>());
        let dir = std::env::temp_dir().join(name);
        let made = std::fs::DirBuilder::new().mode(0o700).create(&dir);
        made.map_err(|error| Failure::new(format!("cannot make the folder `{}`: {error}", dir.display())))?;
        Ok(Place { dir })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of one worker, made if it is not there.
    pub fn of_worker(&self, number: u32) -> Result<PathBuf, Failure> {
        self.folder(&format!("worker-{number}"))
    }

    /// A folder in it, made if it is not there.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let dir = self.dir.join(name);
        std::fs::create_dir_all(&dir)
            .map_err(|error| Failure::new(format!("cannot make the folder `{}`: {error}", dir.display())))?;
        Ok(dir)
    }

    /// Leaves it for a person to look into.
    pub fn keep(self) -> PathBuf {
        let dir = self.dir.clone();
        std::mem::forget(self);
        dir
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed lies in the folder for such things.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
