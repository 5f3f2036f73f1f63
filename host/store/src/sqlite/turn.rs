//! Processes take turns at writing, in the order in which they came.
//!
//! SQLite's own waiting polls: whoever looks at the right moment wins, and with many
//! writers somebody always loses until it gives up with "database is locked". Here a
//! writer first waits on a file lock, in the kernel's queue. One lock would not be fair:
//! who has just let go of it is awake and can take it again before the next in line is.
//! So there are two, a door and a desk: a writer holds the door while it waits for the
//! desk, and who comes back from the desk finds somebody at the door.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// The two locks, open. Released by the system when their process dies.
pub(super) struct Turns {
    door: File,
    desk: File,
}

/// The right to write, until dropped.
pub(super) struct Turn<'t>(&'t File);

impl Turns {
    /// Open the locks in `dir`, which exists.
    pub(super) fn open(dir: &Path) -> io::Result<Turns> {
        let open = |name| OpenOptions::new().create(true).truncate(false).write(true).open(dir.join(name));
        Ok(Turns { door: open("door")?, desk: open("desk")? })
    }

    /// Wait for this writer's turn.
    pub(super) fn take(&self) -> io::Result<Turn<'_>> {
        lock(&self.door)?;
        let desk = lock(&self.desk);
        self.door.unlock()?;
        desk.map(|()| Turn(&self.desk))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::error!(%error, "a turn at the store could not be handed on");
        }
    }
}

fn lock(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
