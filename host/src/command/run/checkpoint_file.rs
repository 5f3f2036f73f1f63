//! `--checkpoint FILE`: the newest state of a job, whole or not at all.
//!
//! One line of JSON that says what it is, then the job's own bytes. It belongs to one input: a
//! state for another would be skipped work. Removed when the job has completed, so that the
//! same command begins anew.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use cofferdam_queue::{Kind, Manifest, ModuleHash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bounded_file::{self, ReadError};
use crate::failure::Failure;

/// The only format there is; 1 did not say for which input it was.
const FORMAT: u32 = 2;
/// No head is longer.
const HEAD_BYTES_MAX: u64 = 4096;

/// Where a job's checkpoints go.
#[derive(Clone, Debug)]
pub struct CheckpointFile {
    path: PathBuf,
    kind: Kind,
    module: ModuleHash,
    version: u32,
    /// The SHA-256 of the input; before it is read, of an empty one.
    input: String,
}

/// A state to go on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub state: Bytes,
    /// The number of the next child.
    pub next_effect: u64,
    /// Checkpoints made so far, over all runs.
    pub count: u64,
    /// The SHA-256 of the input that it belongs to.
    pub input: String,
}

#[derive(Deserialize)]
struct Format {
    cofferdam_checkpoint: u32,
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
    input: String,
}

/// Removes the file of a job that has completed; that there is none is as good.
pub fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::new(format!(
            "the job completed, and its checkpoint `{}` cannot be removed: {error}",
            path.display()
        ))
        .hint("remove it by hand: the next run would begin where this one ended")),
        _ => Ok(()),
    }
}

fn hash(input: &[u8]) -> String {
    ModuleHash(Sha256::digest(input).into()).to_string()
}

impl CheckpointFile {
    /// The checkpoints of this module under this manifest.
    pub fn new(path: PathBuf, manifest: &Manifest, module: ModuleHash) -> CheckpointFile {
        let (kind, version) = (manifest.kind.clone(), manifest.checkpoint_version);
        CheckpointFile { path, kind, module, version, input: hash(b"") }
    }

    /// The input that its states belong to from here on.
    ///
    /// # Errors
    /// The state to go on from belongs to another.
    pub fn take_input(&mut self, input: &[u8], resume: Option<&Saved>) -> Result<(), Failure> {
        self.input = hash(input);
        match resume.filter(|saved| saved.input != self.input) {
            Some(_) => Err(self.unusable("is of another input")),
            None => Ok(()),
        }
    }

    /// The SHA-256 of the input that its states belong to.
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state to go on from, of at most so many bytes; `None`: there is no file yet.
    pub fn read(&self, state_bytes_max: u64) -> Result<Option<Saved>, Failure> {
        let limit_bytes = state_bytes_max.saturating_add(HEAD_BYTES_MAX);
        let whole = match bounded_file::read(&self.path, limit_bytes) {
            Ok(whole) => Bytes::from(whole),
            Err(ReadError::Unreadable(error)) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(ReadError::Unreadable(error)) => return Err(self.cannot("read", &error.to_string())),
            Err(ReadError::TooLarge(too_large)) => {
                return Err(self.unusable(&format!("{too_large} under `limits.checkpoint`")));
            }
        };
        self.understand(&whole).map(Some)
    }

    /// What a file holds.
    ///
    /// # Errors
    /// It is none of this job.
    pub fn understand(&self, whole: &Bytes) -> Result<Saved, Failure> {
        let end = whole.iter().position(|byte| *byte == b'\n').unwrap_or(whole.len());
        let not_one = |_| self.unusable("is not a checkpoint file");
        let Format { cofferdam_checkpoint: format } =
            serde_json::from_slice(&whole[..end]).map_err(not_one)?;
        if format != FORMAT {
            return Err(self.unusable(&format!("has format {format}, and this version reads {FORMAT}")));
        }
        let head: Head = serde_json::from_slice(&whole[..end]).map_err(not_one)?;
        let state = whole.slice((end + 1).min(whole.len())..);
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
        let Head { next_effect, count, input, .. } = head;
        Ok(Saved { state, next_effect, count, input })
    }

    /// The line before a state.
    pub fn head(&self, saved: &Saved) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&Head {
            cofferdam_checkpoint: FORMAT,
            kind: self.kind.clone(),
            module: self.module,
            checkpoint_version: self.version,
            next_effect: saved.next_effect,
            count: saved.count,
            state_bytes: saved.state.len() as u64,
            input: saved.input.clone(),
        })
    }

    /// Puts a newer state in its place. When this returns, it is on the disk.
    pub fn write(&self, saved: &Saved) -> Result<(), Failure> {
        let head = self.head(saved).map_err(|error| self.cannot("write", &error.to_string()))?;
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
