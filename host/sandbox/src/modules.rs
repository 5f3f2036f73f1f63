//! The modules of one engine: out of the cache, or compiled and put into it.

use std::fs::File;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use crate::apart;
use crate::backtrace::Symbols;
use crate::cache::{Cache, Entry};
use crate::engine::EngineConfig;
use crate::error::{HostError, LoadError};
use crate::inspect::{Inspection, MODULE_MAX_BYTES, Refusal, hex};

pub(crate) struct Modules {
    wasm: Engine,
    cache: Option<Cache>,
    config: EngineConfig,
}

/// A module that the engine can link.
pub(crate) struct Loaded {
    pub(crate) module: Module,
    pub(crate) inspection: Inspection,
    pub(crate) symbols: Option<Symbols>,
}

/// Where a module's bytes lie until a trap asks for names.
pub(crate) enum Bytes {
    Cached(PathBuf),
    /// There is no cache: in memory that the system may swap.
    Kept(File),
}

impl Modules {
    pub(crate) fn open(wasm: &Engine, config: &EngineConfig) -> Result<Modules, HostError> {
        let cache = config.cache_dir.as_ref().map(|dir| Cache::open(dir, wasm)).transpose()?;
        Ok(Modules { wasm: wasm.clone(), cache, config: config.clone() })
    }

    pub(crate) fn load(&self, wasm: &[u8]) -> Result<Loaded, LoadError> {
        if wasm.len() > MODULE_MAX_BYTES {
            return Err(Refusal::too_large(wasm.len()).into());
        }
        let sha256 = hex(&Sha256::digest(wasm));
        if let Some(loaded) = self.find(&sha256)? {
            return Ok(loaded);
        }
        let bytes = apart::in_memory(wasm).map_err(HostError::Module)?;
        let (inspection, code) = self.config.workshop.compile(&bytes, self.config.metering)?;
        self.refuse_oversized(&inspection)?;
        if let Some(cache) = &self.cache {
            match cache.keep(&inspection, &code, wasm) {
                // Mapped from the file, its memory images are shared with every
                // other process that runs it.
                Ok(()) => {
                    if let Some(loaded) = self.find(&sha256)? {
                        return Ok(loaded);
                    }
                }
                // A cache that cannot be written costs the next start a compilation,
                // not this one its module.
                Err(error) => tracing::warn!(sha256, %error, "cannot keep a compiled module"),
            }
        }
        // SAFETY: the compiler has just made it.
        let module = unsafe { Module::deserialize(&self.wasm, &code) }
            .map_err(|error| HostError::Compile { hash: sha256, reason: format!("{error:#}") })?;
        let has_symbols = inspection.has_names || inspection.has_line_tables;
        let symbols = has_symbols.then(|| self.symbols(Bytes::Kept(bytes)));
        Ok(Loaded { module, inspection, symbols })
    }

    fn find(&self, sha256: &str) -> Result<Option<Loaded>, LoadError> {
        let Some(cache) = &self.cache else { return Ok(None) };
        let Some(Entry { inspection, code, symbols }) = cache.find(sha256) else { return Ok(None) };
        self.refuse_oversized(&inspection)?;
        // SAFETY: this is what a compiler with the same switches wrote (the entry's name holds
        // their hash): it has the digest that was taken then, it belongs to this user, who alone
        // may write to it, and it is never changed once it has its name.
        match unsafe { Module::deserialize_open_file(&self.wasm, code) } {
            Ok(module) => {
                let symbols = symbols.map(|path| self.symbols(Bytes::Cached(path)));
                Ok(Some(Loaded { module, inspection, symbols }))
            }
            Err(error) => {
                cache.discard(sha256, &format!("{error:#}"));
                Ok(None)
            }
        }
    }

    fn symbols(&self, bytes: Bytes) -> Symbols {
        Symbols::new(bytes, self.config.workshop.clone())
    }

    /// Before the engine sees it, whose own words are about pools.
    fn refuse_oversized(&self, inspection: &Inspection) -> Result<(), Refusal> {
        let maximum = u64::from(self.config.table_elements_max);
        if inspection.table_minimum_elements > maximum {
            let count = inspection.table_minimum_elements;
            return Err(Refusal::TooMany { what: "table elements".into(), count, maximum });
        }
        if inspection.memory_minimum_bytes > self.config.memory_bytes_max {
            return Err(Refusal::MinimumOverCap {
                minimum_bytes: inspection.minimum_bytes(),
                cap_bytes: self.config.memory_bytes_max,
            });
        }
        Ok(())
    }
}
