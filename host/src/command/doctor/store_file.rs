//! The file of a SQLite store and the disk that it is on.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use cofferdam_store::sqlite::Synchronous;
use rustix::fs::{Access, access, statfs, statvfs};

use super::finding::Finding;
use crate::quantity;

/// Less than this is soon nothing.
const FREE_BYTES_LOW: u64 = 1 << 30;
/// Too little for a log to grow and to be written back.
const FREE_BYTES_MIN: u64 = 64 << 20;
/// The write-ahead log starts over at a fraction of this, unless a reader holds it.
const WAL_BYTES_LARGE: u64 = 256 << 20;

/// All that can be seen without opening the store.
pub fn look(path: &Path, synchronous: Synchronous) -> Vec<Finding> {
    let dir = match path.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    };
    let mut findings = vec![directory(dir), filesystem(dir), disk(dir)];
    if let Ok(seen) = std::fs::metadata(path) {
        findings.push(file(path, &seen));
        findings.push(log(path));
    }
    findings.push(durability(synchronous));
    findings
}

/// The version of what is in the file.
pub fn schema(path: &Path) -> Option<Finding> {
    let mut header = [0; 100];
    File::open(path).and_then(|mut file| file.read_exact(&mut header)).ok()?;
    // Of SQLite's header: two bytes at 18 are 2 with a write-ahead log, four at 60 the
    // version that the application chose.
    let version = u32::from_be_bytes([header[60], header[61], header[62], header[63]]);
    Some(match (header[18], header[19]) {
        (2, 2) => Finding::ok("schema", format!("version {version}, with a write-ahead log")),
        _ => Finding::warn(
            "schema",
            format!("version {version}, without a write-ahead log: readers wait for writers"),
        ),
    })
}

fn directory(dir: &Path) -> Finding {
    let shown = dir.display();
    match access(dir, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok("directory", format!("`{shown}` can be written to")),
        Err(error) => Finding::fail("directory", format!("`{shown}`: {error}")).remedy(
            "the store keeps its log and its workers' locks beside it: this user must be able to write there",
        ),
    }
}

fn filesystem(dir: &Path) -> Finding {
    let Ok(stat) = statfs(dir) else {
        return Finding::warn("filesystem", format!("that of `{}` cannot be told", dir.display()));
    };
    match stat.f_type as u32 {
        0x6969 | 0xff53_4d42 | 0xfe53_4d42 | 0x517b | 0x0027_e0eb | 0x0bd0_0bd0 | 0x00c3_6400
        | 0x0102_1997 => Finding::fail("filesystem", "over a network, where SQLite's locks do not hold")
            .remedy("put the store on a disk of this machine"),
        0x0102_1994 => Finding::warn("filesystem", "tmpfs: everything is gone when the machine restarts")
            .remedy("put the store on a disk"),
        0x794c_7630 => Finding::warn("filesystem", "overlay: everything is gone with this container")
            .remedy("put the store on a volume"),
        0x6573_5546 => {
            Finding::warn("filesystem", "FUSE: whether locks and fsync hold depends on what serves it")
                .remedy("put the store on a disk of this machine")
        }
        0xef53 => Finding::ok("filesystem", "ext4"),
        0x5846_5342 => Finding::ok("filesystem", "XFS"),
        0x9123_683e => Finding::ok("filesystem", "Btrfs"),
        0x2fc1_2fc1 => Finding::ok("filesystem", "ZFS"),
        other => Finding::ok("filesystem", format!("local, of type {other:#x}")),
    }
}

fn disk(dir: &Path) -> Finding {
    let Ok(stat) = statvfs(dir) else {
        return Finding::warn("disk", format!("free space at `{}` cannot be told", dir.display()));
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let shown = format!("{} free", quantity::bytes(free));
    let remedy = "make room, or shorten `retention`: a full disk loses nothing, but nothing can be written";
    match free {
        FREE_BYTES_LOW.. => Finding::ok("disk", shown),
        FREE_BYTES_MIN.. => Finding::warn("disk", shown).remedy(remedy),
        _ => Finding::fail("disk", shown).remedy(remedy),
    }
}

fn file(path: &Path, seen: &Metadata) -> Finding {
    let shown = path.display();
    if let Err(error) = access(path, Access::READ_OK | Access::WRITE_OK) {
        return Finding::fail("file", format!("`{shown}`: {error}"))
            .remedy(format!("let this user read and write it, with `{shown}-wal` and `{shown}-shm`"));
    }
    let size = quantity::bytes(seen.len());
    match seen.mode() & 0o077 {
        0 => Finding::ok("file", format!("`{shown}`, {size}, for this user alone")),
        mode if mode & 0o002 != 0 => {
            Finding::warn("file", format!("`{shown}`, {size}: anybody can change it"))
                .remedy(format!("`chmod 600 {shown}`"))
        }
        mode if mode & 0o004 != 0 => {
            Finding::warn("file", format!("`{shown}`, {size}: anybody can read inputs and results"))
                .remedy(format!("`chmod 600 {shown}`"))
        }
        _ => Finding::ok("file", format!("`{shown}`, {size}, shared with its group")),
    }
}

fn log(path: &Path) -> Finding {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let bytes = std::fs::metadata(PathBuf::from(wal)).map_or(0, |seen| seen.len());
    let shown = format!("the write-ahead log is {}", quantity::bytes(bytes));
    match bytes {
        WAL_BYTES_LARGE.. => Finding::warn("log", shown).remedy(
            "a reader that never ends (a backup, a database shell) keeps it from starting over: end that",
        ),
        _ => Finding::ok("log", shown),
    }
}

fn durability(synchronous: Synchronous) -> Finding {
    match synchronous {
        Synchronous::Full => {
            Finding::ok("durability", "synchronous=full: a power cut loses nothing that was acknowledged")
        }
        Synchronous::Normal => Finding::warn(
            "durability",
            "synchronous=normal: a killed process loses nothing, a power cut may lose the last moments",
        )
        .remedy("`store.synchronous = \"full\"`, unless that is meant"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::doctor::finding::State;

    #[test]
    fn a_directory_that_is_not_there_fails_and_one_that_is_does_not() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(directory(dir.path()).state, State::Ok);
        assert_eq!(directory(&dir.path().join("none")).state, State::Fail);
    }

    #[test]
    fn a_file_that_anybody_can_read_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let path = tempfile::NamedTempFile::new().unwrap();
        for (mode, state) in
            [(0o600, State::Ok), (0o660, State::Ok), (0o644, State::Warn), (0o666, State::Warn)]
        {
            std::fs::set_permissions(path.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            let seen = std::fs::metadata(path.path()).unwrap();
            assert_eq!(file(path.path(), &seen).state, state, "{mode:o}");
        }
    }

    #[test]
    fn less_than_full_durability_is_told() {
        assert_eq!(durability(Synchronous::Normal).state, State::Warn);
        assert_eq!(durability(Synchronous::Full).state, State::Ok);
    }
}
