//! Workers that are dead and whose lease still runs. Each holds a lock beside the store, named
//! by its id, for as long as its process lives: one that can be taken says that nobody does.
//! A worker of another machine has no lock here, and nothing is known of it.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use cofferdam_queue::{Timestamp, WorkerView};

use crate::open_store::StoreUrl;

/// Whether nobody is left to renew its lease.
pub fn is_lost(worker: &WorkerView, url: &StoreUrl, now: Timestamp) -> bool {
    let StoreUrl::Sqlite(path) = url;
    let mut dir = path.as_os_str().to_owned();
    dir.push("-workers");
    let lock = PathBuf::from(dir).join(format!("{}.lock", worker.facts.id));
    // Shared: two who look at once do not see each other's lock.
    let is_free = |file: File| file.try_lock_shared().is_ok();
    worker.expires_at < now || OpenOptions::new().read(true).open(lock).is_ok_and(is_free)
}
