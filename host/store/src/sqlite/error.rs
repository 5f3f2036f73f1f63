//! What SQLite says, as what a person can do about it. Every message names the file.

use std::path::Path;

use cofferdam_queue::StoreError;
use rusqlite::ErrorCode;

/// The result of one step of a transaction.
pub(super) type Sql<T> = Result<T, rusqlite::Error>;

/// When an error came, which decides whether the write may have happened all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum During {
    /// Before the transaction's end: nothing was written.
    Work,
    /// At its end: it may be in the file.
    Commit,
}

/// One sentence with the file's name and the remedy.
pub(super) fn explain(path: &Path, error: &rusqlite::Error, during: During) -> StoreError {
    let file = path.display();
    let maybe_applied = during == During::Commit;
    let unavailable = |message: String| StoreError::Unavailable { message, maybe_applied };
    let unusable = |message: String| StoreError::Unusable { message };
    let Some(code) = error.sqlite_error_code() else {
        return unusable(format!(
            "`{file}` holds a value that this version does not know ({error}): use the version that wrote it, or restore a backup"
        ));
    };
    match code {
        ErrorCode::DiskFull => unavailable(format!(
            "the disk of `{file}` is full: nothing was written and nothing is lost; free space there, or move the store"
        )),
        ErrorCode::ReadOnly => unusable(cannot_be_written(path)),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => unusable(format!(
            "`{file}` cannot be opened ({error}): check that its directory exists and that this user may read and write both"
        )),
        ErrorCode::NotADatabase => unusable(format!(
            "`{file}` is not a SQLite database: name another file with `--store`, or move this one away"
        )),
        ErrorCode::DatabaseCorrupt => unusable(format!(
            "`{file}` is damaged ({error}): stop all workers, restore a backup or save what can be saved with `sqlite3 {file} .recover`"
        )),
        ErrorCode::SystemIoFailure => {
            unavailable(format!("the disk of `{file}` failed ({error}): check the disk and the system's log"))
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => unavailable(format!(
            "`{file}` is held by a program that does not take turns: close the one that has it open (`fuser {file}`)"
        )),
        ErrorCode::OutOfMemory => unavailable(format!("no memory was left while writing `{file}`")),
        ErrorCode::TooBig => unusable(format!("a value is too large for `{file}` ({error})")),
        _ => unusable(format!("`{file}`: {error}: this is a bug of cofferdam, please report it")),
    }
}

pub(super) fn cannot_be_written(path: &Path) -> String {
    format!("`{}` cannot be written: make the file and its directory writable for this user", path.display())
}

/// An error of the operating system at something that belongs to the store.
pub(super) fn explain_io(what: &Path, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind::*;
    let file = what.display();
    match error.kind() {
        StorageFull | QuotaExceeded => StoreError::Unavailable {
            message: format!("the disk of `{file}` is full: free space there, or move the store"),
            maybe_applied: false,
        },
        PermissionDenied | ReadOnlyFilesystem => StoreError::Unusable {
            message: format!(
                "`{file}` cannot be written ({error}): make its directory writable for this user"
            ),
        },
        NotFound => StoreError::Unusable {
            message: format!("`{file}` cannot be created ({error}): create its directory first"),
        },
        _ => {
            StoreError::Unusable { message: format!("`{file}`: {error}: check the disk and the permissions") }
        }
    }
}

/// A stored number that no version up to this one writes.
pub(super) fn unknown_number(what: &'static str, number: i64) -> rusqlite::Error {
    let error = format!("{what} {number}");
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Integer, error.into())
}
