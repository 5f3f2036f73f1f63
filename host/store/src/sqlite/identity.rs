//! Whether the file is still the one that was opened. A process that has it open would go on
//! writing to a file that was deleted, moved away or replaced, and acknowledge what
//! nobody will ever find.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cofferdam_queue::StoreError;

use super::error::explain_io;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Of the file that is there now. Looks without opening it: closing a second descriptor
    /// would drop the locks that SQLite holds.
    pub(super) fn of(path: &Path) -> io::Result<Identity> {
        let seen = std::fs::metadata(path)?;
        Ok(Identity { device: seen.dev(), inode: seen.ino() })
    }

    /// # Errors
    /// `Unusable` when another file, or none, has the path now.
    pub(super) fn check(self, path: &Path) -> Result<(), StoreError> {
        let what = match Identity::of(path) {
            Ok(now) if now == self => return Ok(()),
            Ok(_) => "was replaced by another file",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "was deleted or moved away",
            Err(error) => return Err(explain_io(path, &error)),
        };
        Err(StoreError::Unusable {
            message: format!(
                "`{}` {what} while this process had it open: nothing more is written to it; put the file back, and restart",
                path.display()
            ),
        })
    }
}
