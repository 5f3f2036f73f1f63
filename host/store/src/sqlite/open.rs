//! Opening the file: what it is, whether it can be used, and bringing it up to date.
//!
//! The file is looked at only through SQLite: a second descriptor of our own, when
//! closed, would drop the locks that SQLite holds for this process.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cofferdam_queue::StoreError;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::config::SqliteConfig;
use super::error::{During, Sql, cannot_be_written, explain, explain_io};
use super::schema::{APPLICATION_ID, STEPS};
use super::turn::Turns;

/// How long a program that does not take turns may hold the file before somebody hears of it.
const FOREIGN_LOCK: Duration = Duration::from_secs(10);
/// The pages of a writer's cache, in KiB (negative: not in pages).
const CACHE_KIB: i64 = -64 * 1024;
/// The pages in the write-ahead log after which they are moved into the file: 40 MB. Fewer,
/// and a page that many transactions change is moved many times; the writer waits meanwhile.
const CHECKPOINT_PAGES: i64 = 10_000;

/// What a store is created with. Who opens it to others (`chmod`) does so for all three:
/// the file, its log, the meeting place.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_DIR: u32 = 0o700;

/// Where the processes of one store meet: beside its file.
pub(super) fn meeting_place(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-workers");
    PathBuf::from(name)
}

/// Make the meeting place, after a look at the ground it stands on.
pub(super) fn prepare(path: &Path) -> Result<Turns, StoreError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !parent.is_dir() {
        return Err(StoreError::Unusable {
            message: format!(
                "`{}` cannot be opened: there is no directory `{}`; create it first",
                path.display(),
                parent.display()
            ),
        });
    }
    refuse_network(path, parent)?;
    let dir = meeting_place(path);
    if !dir.exists() && path.is_file() {
        // Nothing is left beside a file that is not ours.
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        recognize(path, &conn.map_err(|error| explain(path, &error, During::Work))?)?;
    }
    match std::fs::DirBuilder::new().mode(PRIVATE_DIR).create(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(explain_io(&dir, &error));
        }
        _ => {}
    }
    Turns::open(&dir).map_err(|error| explain_io(&dir, &error))
}

/// The writer's connection, to a file that is ours and up to date.
pub(super) fn writer(config: &SqliteConfig, turns: &Turns) -> Result<Connection, StoreError> {
    let path = &config.path;
    let fault = |error: rusqlite::Error| explain(path, &error, During::Work);
    // Two processes that create the same file at once do it one after the other.
    let _turn = turns.take().map_err(|error| explain_io(path, &error))?;
    create(path).map_err(|error| explain_io(path, &error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(fault)?;
    conn.busy_timeout(FOREIGN_LOCK).map_err(fault)?;
    let version = recognize(path, &conn)?;
    // SQLite falls back to reading when it may not write, and would say so only at a push.
    if conn.is_readonly("main").map_err(fault)? {
        return Err(StoreError::Unusable { message: cannot_be_written(path) });
    }
    settings(&conn, config).map_err(fault)?;
    upgrade(&mut conn, version).map_err(fault)?;
    Ok(conn)
}

/// An empty file that only this user can read: jobs' inputs and results will be in it. Its log
/// gets the same mode from SQLite.
fn create(path: &Path) -> std::io::Result<()> {
    // A file that was not there until now has no locks to lose by our closing it.
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A connection for questions.
pub(super) fn reader(config: &SqliteConfig) -> Sql<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(&config.path, flags)?;
    conn.busy_timeout(FOREIGN_LOCK)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// The version of a file that is ours (0: empty), or why it cannot be used.
fn recognize(path: &Path, conn: &Connection) -> Result<usize, StoreError> {
    let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let look = || -> Sql<(i64, i64, i64)> {
        let tables = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((pragma("application_id")?, pragma("user_version")?, tables))
    };
    let (application, version, tables) = look().map_err(|error| explain(path, &error, During::Work))?;
    if tables == 0 {
        return Ok(0);
    }
    let file = path.display();
    if application != APPLICATION_ID {
        return Err(StoreError::Unusable {
            message: format!(
                "`{file}` is a SQLite database of another program: name another file with `--store`"
            ),
        });
    }
    usize::try_from(version).ok().filter(|&version| version <= STEPS.len()).ok_or_else(|| StoreError::Unusable {
        message: format!(
            "`{file}` was written by a newer version of cofferdam (format {version}; this one knows {}): update this cofferdam",
            STEPS.len()
        ),
    })
}

fn settings(conn: &Connection, config: &SqliteConfig) -> Sql<()> {
    conn.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    // SQLite itself syncs only before it moves the log into the file. What `Synchronous::Full`
    // promises is kept after the transaction, by a thread of its own (see `writer`): so neither
    // the next transaction nor another process's turn waits for the disk.
    conn.pragma_update(None, "synchronous", "normal")?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    conn.pragma_update(None, "cache_size", CACHE_KIB)?;
    conn.pragma_update(None, "temp_store", "memory")?;
    conn.pragma_update(None, "foreign_keys", false)?;
    if let Some(bytes_max) = config.bytes_max {
        let page_bytes: i64 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages_max = i64::try_from(bytes_max).unwrap_or(i64::MAX) / page_bytes;
        conn.pragma_update_and_check(None, "max_page_count", pages_max, |_| Ok(()))?;
    }
    conn.set_prepared_statement_cache_capacity(256);
    Ok(())
}

fn upgrade(conn: &mut Connection, version: usize) -> Sql<()> {
    if version == STEPS.len() {
        return Ok(());
    }
    // All steps or none: a file is never left between two versions.
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in &STEPS[version..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", STEPS.len() as i64)?;
    transaction.commit()
}

/// Locks and shared memory do not work between the machines of a network filesystem.
#[cfg(target_os = "linux")]
fn refuse_network(path: &Path, parent: &Path) -> Result<(), StoreError> {
    let stat = rustix::fs::statfs(parent).map_err(|error| explain_io(path, &error.into()))?;
    // The field's width and sign differ between architectures; the numbers are 32 bits.
    match network_filesystem(stat.f_type as u32) {
        None => Ok(()),
        Some(name) => Err(StoreError::Unusable {
            message: format!(
                "`{}` is on a network filesystem ({name}), where a SQLite store would be damaged: put it on a local disk",
                path.display()
            ),
        }),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_path: &Path, _parent: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// The filesystems that are reached over a network, by the number that `statfs` gives.
fn network_filesystem(magic: u32) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "NFS",
        0x517b => "SMB",
        0xff53_4d42 => "CIFS",
        0xfe53_4d42 => "SMB2",
        0x0102_1997 => "9P",
        0x6573_5546 => "FUSE",
        0x0bd0_0bd0 => "Lustre",
        0x00c3_6400 => "Ceph",
        0x4750_4653 => "GPFS",
        0x0116_1970 => "GFS2",
        0x7461_636f => "OCFS2",
        0x5346_414f => "AFS",
        0x564c => "NCP",
        0x7375_7245 => "Coda",
        0x1983_0326 => "FhGFS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_filesystem_is_known_by_its_number() {
        assert_eq!(network_filesystem(0x6969), Some("NFS"));
        assert_eq!(network_filesystem(0xff53_4d42), Some("CIFS"));
        assert_eq!(network_filesystem(0xef53), None, "ext4");
        assert_eq!(network_filesystem(0x0102_1994), None, "tmpfs");
    }
}
