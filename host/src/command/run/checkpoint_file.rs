//! `--checkpoint FILE`: the newest state of a job, whole or not at all.
//!
//! One line of JSON that says what it is, then the job's own bytes. Never deleted: running
//! a completed job again goes on from its last checkpoint.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use cofferdam_queue::{Kind, Manifest, ModuleHash};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The only format there is.
const FORMAT: u32 = 1;

/// Where a job's checkpoints go.
#[derive(Clone, Debug)]
pub struct CheckpointFile {
    path: PathBuf,
    kind: Kind,
    module: ModuleHash,
    version: u32,
}

/// A state to go on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub state: Bytes,
    /// The number of the next child.
    pub next_effect: u64,
    /// Checkpoints made so far, over all runs.
    pub count: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    cofferdam_checkpoint: u32,
    kind: Kind,
    module: ModuleHash,
    checkpoint_version: u32,
    next_effect: u64,
    count: u64,
    state_bytes: u64,
}

impl CheckpointFile {
    /// The checkpoints of this module under this manifest.
    pub fn new(path: PathBuf, manifest: &Manifest, module: ModuleHash) -> CheckpointFile {
        CheckpointFile { path, kind: manifest.kind.clone(), module, version: manifest.checkpoint_version }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state to go on from; `None`: there is no file yet.
    pub fn read(&self) -> Result<Option<Saved>, Failure> {
        let whole = match fs::read(&self.path) {
            Ok(whole) => Bytes::from(whole),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.cannot("read", &error.to_string())),
        };
        let end = whole.iter().position(|byte| *byte == b'\n').unwrap_or(whole.len());
        let head: Head =
            serde_json::from_slice(&whole[..end]).map_err(|_| self.unusable("is not a checkpoint file"))?;
        let state = whole.slice((end + 1).min(whole.len())..);
        if head.cofferdam_checkpoint != FORMAT {
            return Err(self.unusable(&format!("has format {}, not {FORMAT}", head.cofferdam_checkpoint)));
        }
        if state.len() as u64 != head.state_bytes {
            return Err(self.unusable(&format!("holds {} of {} bytes", state.len(), head.state_bytes)));
        }
        if head.kind != self.kind {
            return Err(self.unusable(&format!("is of `{}`, not of `{}`", head.kind, self.kind)));
        }
        if head.checkpoint_version != self.version {
            let (wrote, reads) = (head.checkpoint_version, self.version);
            return Err(self.unusable(&format!(
                "has checkpoint_version {wrote}, and this module reads {reads}; {} wrote it",
                head.module
            )));
        }
        Ok(Some(Saved { state, next_effect: head.next_effect, count: head.count }))
    }

    /// Puts a newer state in its place. When this returns, it is on the disk.
    pub fn write(&self, saved: &Saved) -> Result<(), Failure> {
        let head = Head {
            cofferdam_checkpoint: FORMAT,
            kind: self.kind.clone(),
            module: self.module,
            checkpoint_version: self.version,
            next_effect: saved.next_effect,
            count: saved.count,
            state_bytes: saved.state.len() as u64,
        };
        let head = serde_json::to_vec(&head).map_err(|error| self.cannot("write", &error.to_string()))?;
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = self.path.with_file_name(name);
        let written = (|| {
            let mut file = File::create(&temporary)?;
            file.write_all(&head)?;
            file.write_all(b"\n")?;
            file.write_all(&saved.state)?;
            file.sync_all()?;
            fs::rename(&temporary, &self.path)?;
            let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty());
            File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
        })();
        written.map_err(|error: std::io::Error| {
            // The older state is still in its place; there is nothing to add to the error.
            let _ = fs::remove_file(&temporary);
            self.cannot("write", &error.to_string())
        })
    }

    fn cannot(&self, what: &str, why: &str) -> Failure {
        Failure::new(format!("cannot {what} the checkpoint `{}`: {why}", self.path.display()))
    }

    fn unusable(&self, why: &str) -> Failure {
        Failure::usage(format!("the checkpoint `{}` {why}", self.path.display()))
            .hint("name another file, or remove this one to begin at the start")
    }
}
