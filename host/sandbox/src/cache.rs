//! Compiled modules on disk, by content and engine. What is in there is run, so the directory
//! belongs to this user alone, an entry appears whole or not at all, and its code is compared
//! with its digest before it is mapped.
//!
//! ```text
//! <sha256 of the module>-<hash of the engine>/
//!     code      mapped and run
//!     about     what the module is, and the digest of its code, as JSON
//!     module    its bytes, when there are names in it: read after a trap, elsewhere
//! ```

use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasmtime::Engine;

use crate::error::HostError;
use crate::inspect::{Inspection, hex};

const CODE: &str = "code";
const ABOUT: &str = "about";
const MODULE: &str = "module";
/// More than this, and what was used longest ago goes.
const MAX_BYTES: u64 = 8 << 30;
/// Whoever wrote it is gone.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) struct Cache {
    dir: PathBuf,
    /// Code for another engine version or other switches is not ours.
    engine_hash: u64,
}

#[derive(Serialize, Deserialize)]
struct About {
    inspection: Inspection,
    code_sha256: String,
}

/// A module out of the cache.
pub(crate) struct Entry {
    pub(crate) inspection: Inspection,
    /// Has the digest that was taken when it was compiled.
    pub(crate) code: File,
    /// Where its bytes are, if there are names in it.
    pub(crate) symbols: Option<PathBuf>,
}

impl Cache {
    pub(crate) fn open(dir: &Path, engine: &Engine) -> Result<Self, HostError> {
        let failed = |reason: String| HostError::Cache { path: dir.to_owned(), reason };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| failed(e.to_string()))?;
        let meta = fs::metadata(dir).map_err(|e| failed(e.to_string()))?;
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return Err(failed("it belongs to another user; compiled code is run as it is found".to_owned()));
        }
        if meta.mode() & 0o022 != 0 {
            return Err(failed(format!(
                "others may write to it (mode {:03o}); `chmod 700` it, or name another directory",
                meta.mode() & 0o777
            )));
        }
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        // An entry of another layout is not ours either.
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        Ok(Self { dir: dir.to_owned(), engine_hash: hasher.finish() })
    }

    fn entry(&self, sha256: &str) -> PathBuf {
        self.dir.join(format!("{sha256}-{:016x}", self.engine_hash))
    }

    /// What was kept of this module, if it is whole.
    pub(crate) fn find(&self, sha256: &str) -> Option<Entry> {
        let dir = self.entry(sha256);
        if !dir.exists() {
            return None;
        }
        read(&dir).map_err(|reason| self.discard(sha256, &reason)).ok()
    }

    /// It cannot be used.
    pub(crate) fn discard(&self, sha256: &str, reason: &str) {
        let dir = self.entry(sha256);
        tracing::warn!(path = %dir.display(), reason, "compiled module is unusable, compiling again");
        // What stays in the way makes `keep` fail, which says so.
        let _ = fs::remove_dir_all(&dir);
    }

    /// Whole or not at all, also when several do it at once.
    pub(crate) fn keep(&self, inspection: &Inspection, code: &[u8], wasm: &[u8]) -> io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = self.dir.join(format!("{}-{number}.tmp", std::process::id()));
        let entry = self.entry(&inspection.sha256);
        let written = (|| {
            fs::DirBuilder::new().mode(0o700).create(&temporary)?;
            let about = About { inspection: inspection.clone(), code_sha256: hex(&Sha256::digest(code)) };
            write(&temporary.join(ABOUT), &serde_json::to_vec(&about)?)?;
            write(&temporary.join(CODE), code)?;
            if inspection.has_names || inspection.has_line_tables {
                write(&temporary.join(MODULE), wasm)?;
            }
            File::open(&temporary)?.sync_all()?;
            match fs::rename(&temporary, &entry) {
                // Somebody else was quicker with the same.
                Err(_) if entry.exists() => fs::remove_dir_all(&temporary),
                renamed => renamed,
            }?;
            File::open(&self.dir)?.sync_all()
        })();
        match written {
            Ok(()) => self.prune(&entry),
            // Nothing to add to the error that is already on its way.
            Err(_) => drop(fs::remove_dir_all(&temporary)),
        }
        written
    }

    /// Workers come and go, and deploys go on for years.
    fn prune(&self, newest: &Path) {
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = fs::read_dir(&self.dir)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.is_dir() && path != newest)
            .filter_map(|path| {
                let used = fs::metadata(path.join(ABOUT)).or_else(|_| fs::metadata(&path)).ok()?.modified();
                Some((used.ok()?, size(&path), path))
            })
            .collect();
        entries.sort();
        let mut total_bytes: u64 = size(newest) + entries.iter().map(|(_, bytes, _)| bytes).sum::<u64>();
        for (used, bytes, path) in entries {
            let is_left_over = path.extension().is_some_and(|ending| ending == "tmp");
            let is_stale = is_left_over && used.elapsed().is_ok_and(|age| age > STALE);
            if total_bytes > MAX_BYTES && !is_left_over || is_stale {
                // Whoever has it mapped keeps it; whoever wants it compiles it again.
                let _ = fs::remove_dir_all(&path);
                total_bytes -= bytes;
            }
        }
    }
}

fn size(entry: &Path) -> u64 {
    let files = fs::read_dir(entry).into_iter().flatten();
    files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read(dir: &Path) -> Result<Entry, String> {
    let about_file = open(&dir.join(ABOUT))?;
    let About { inspection, code_sha256 } =
        serde_json::from_reader(io::BufReader::new(&about_file)).map_err(|error| error.to_string())?;
    let code = open(&dir.join(CODE))?;
    let found = digest(&code).map_err(|error| error.to_string())?;
    if found != code_sha256 {
        return Err(format!("its code has the digest {found}, and was written with {code_sha256}"));
    }
    // For the choice of what goes when the cache is full: a failure chooses worse.
    let _ = about_file.set_modified(SystemTime::now());
    let symbols = dir.join(MODULE);
    let symbols = (inspection.has_names || inspection.has_line_tables).then_some(symbols);
    Ok(Entry { inspection, code, symbols })
}

/// Nothing but a plain file of this user, to which nobody else may write.
pub(crate) fn open(path: &Path) -> Result<File, String> {
    use rustix::fs::{Mode, OFlags, open};
    let file =
        open(path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())
            .map_err(|error| format!("`{}`: {error}", path.display()))?;
    let file = File::from(file);
    let meta = file.metadata().map_err(|error| error.to_string())?;
    let is_ours = meta.uid() == rustix::process::geteuid().as_raw() && meta.mode() & 0o022 == 0;
    if !meta.is_file() || !is_ours {
        return Err(format!("`{}` is not a plain file that only this user may write to", path.display()));
    }
    Ok(file)
}

fn digest(mut file: &File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(&piece[..n]),
        }
    }
}
