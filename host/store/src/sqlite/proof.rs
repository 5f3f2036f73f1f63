//! The proof that a worker is dead: each holds a file lock named by its id, which the
//! system lets go when the process ends, however it ends. A lock that can be taken is
//! the proof; a missing file proves nothing, and then only the lease counts.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cofferdam_queue::WorkerId;

/// The locks of the workers that signed on through one store handle.
pub(super) struct Proofs {
    dir: PathBuf,
    held: Mutex<HashMap<WorkerId, File>>,
}

impl Proofs {
    pub(super) fn new(dir: &Path) -> Proofs {
        Proofs { dir: dir.to_owned(), held: Mutex::default() }
    }

    /// Hold the lock of `worker` for as long as it is signed on. Before the store knows of
    /// the worker: who finds it there must find it locked.
    pub(super) fn hold(&self, worker: &WorkerId) -> io::Result<()> {
        let mut held = self.held();
        if held.contains_key(worker) {
            return Ok(());
        }
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.file(worker))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::Error::other("another process holds this lock")),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        held.insert(worker.clone(), file);
        Ok(())
    }

    /// Let go of the lock of a worker that the store no longer knows.
    pub(super) fn release(&self, worker: &WorkerId) {
        self.held().remove(worker);
        // Left over, it is an empty file that nobody asks for.
        let _ = std::fs::remove_file(self.file(worker));
    }

    /// Whether `worker` is proven dead.
    pub(super) fn is_dead(&self, worker: &WorkerId) -> bool {
        if self.held().contains_key(worker) {
            return false;
        }
        let Ok(file) = OpenOptions::new().write(true).open(self.file(worker)) else { return false };
        file.try_lock().is_ok()
    }

    fn file(&self, worker: &WorkerId) -> PathBuf {
        self.dir.join(format!("{worker}.lock"))
    }

    fn held(&self) -> MutexGuard<'_, HashMap<WorkerId, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
