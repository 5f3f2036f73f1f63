//! Compiled modules on disk, by content and engine. What is in there is run
//! without a second look, so the directory belongs to this user alone, and a
//! file appears whole or not at all.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::{Engine, Module};

use crate::error::HostError;

pub(super) struct Artefacts {
    dir: PathBuf,
    /// Artefacts of another engine version or other switches are not ours.
    engine_hash: u64,
}

/// Compiles and keeps nothing.
pub(super) fn compile(engine: &Engine, wasm: &[u8], sha256: &str) -> Result<Module, HostError> {
    Module::from_binary(engine, wasm)
        .map_err(|error| HostError::Compile { hash: sha256.to_owned(), reason: format!("{error:#}") })
}

impl Artefacts {
    pub(super) fn open(dir: &Path, engine: &Engine) -> Result<Self, HostError> {
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
        Ok(Self { dir: dir.to_owned(), engine_hash: hasher.finish() })
    }

    pub(super) fn load_or_compile(
        &self,
        engine: &Engine,
        wasm: &[u8],
        sha256: &str,
    ) -> Result<Module, HostError> {
        let path = self.dir.join(format!("{sha256}-{:016x}.cwasm", self.engine_hash));
        if let Some(module) = load(engine, &path) {
            return Ok(module);
        }
        let module = compile(engine, wasm, sha256)?;
        // A cache that cannot be written costs the next start a compilation,
        // not this one its module.
        match self.write(&path, &module) {
            // Mapped from the file, its memory images are shared with every
            // other process that runs it.
            Ok(()) => Ok(load(engine, &path).unwrap_or(module)),
            Err(error) => {
                tracing::warn!(path = %path.display(), error = %error, "cannot keep a compiled module");
                Ok(module)
            }
        }
    }

    fn write(&self, path: &Path, module: &Module) -> std::io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let artefact = module.serialize().map_err(|e| std::io::Error::other(format!("{e:#}")))?;
        let no = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}-{no}.tmp", std::process::id()));
        let written = (|| {
            let mut file =
                fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
            file.write_all(&artefact)?;
            file.sync_all()?;
            fs::rename(&temporary, path)?;
            File::open(&self.dir)?.sync_all()
        })();
        if written.is_err() {
            // Nothing to add to the error that is already on its way.
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

fn load(engine: &Engine, path: &Path) -> Option<Module> {
    if !path.exists() {
        return None;
    }
    // SAFETY: the file was written by `write` with the same engine settings (its
    // name holds their hash), appeared whole by rename, and lies in a directory
    // that only this user may write to; it is never changed afterwards.
    match unsafe { Module::deserialize_file(engine, path) } {
        Ok(module) => Some(module),
        Err(error) => {
            tracing::warn!(path = %path.display(), error = format!("{error:#}"), "compiled module is unusable, compiling again");
            None
        }
    }
}
