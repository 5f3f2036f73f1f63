//! Modules: content-addressed, with a pointer from each kind to its newest.
//!
//! An attempt never changes its module. The next one takes the kind's newest, when
//! that reads the checkpoints that this job has (equal `checkpoint_version`), else the
//! one that wrote them: a deploy that fixes a bug reaches the jobs that were failing.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{BoxFuture, Kind, Manifest, StoreError, Timestamp};

/// The SHA-256 of a module's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModuleHash(pub [u8; 32]);

impl fmt::Display for ModuleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Written for every attempt's report: at once, not digit by digit.
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 64];
        for (byte, pair) in self.0.iter().zip(digits.chunks_exact_mut(2)) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str("sha256:")?;
        f.write_str(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

impl fmt::Debug for ModuleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ModuleHash {
    type Err = String;
    fn from_str(text: &str) -> Result<ModuleHash, String> {
        let error = || format!("`{text}` is not a module: write `sha256:` and 64 hex digits");
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        if digits.len() != 64 || !digits.is_ascii() {
            return Err(error());
        }
        let mut hash = [0; 32];
        for (place, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).map_err(|_| error())?;
        }
        Ok(ModuleHash(hash))
    }
}

impl TryFrom<String> for ModuleHash {
    type Error = String;
    fn try_from(text: String) -> Result<ModuleHash, String> {
        text.parse()
    }
}

impl From<ModuleHash> for String {
    fn from(hash: ModuleHash) -> String {
        hash.to_string()
    }
}

/// Make a module the newest of its kind. The bytes are kept once, however often they
/// are deployed.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// The SHA-256 of `wasm`.
    pub module: ModuleHash,
    /// The module itself.
    pub wasm: Bytes,
    /// What it declares, with the operator's choices applied.
    pub manifest: Manifest,
}

/// What a deploy did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The module that was the kind's newest before.
    pub previous: Option<ModuleHash>,
    /// It was the newest already, with the same manifest: nothing changed.
    pub unchanged: bool,
}

/// One module that a worker may have to run: the newest of a kind, or an older one
/// that a job's checkpoint needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The kind.
    pub kind: Kind,
    /// The module.
    pub module: ModuleHash,
    /// What it declares.
    pub manifest: Manifest,
    /// It is the kind's newest.
    pub current: bool,
    /// When it was deployed as this kind.
    pub deployed_at: Timestamp,
}

/// All that workers may have to run, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointers {
    /// Counts the deploys, rollbacks and prunings up to that moment; a claim says it back.
    pub deploys: u64,
    /// By kind, the newest deploy of each first.
    pub pointers: Vec<Pointer>,
}

/// What a pruning of modules removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The modules that no pointer and no kept job needed.
    pub modules: Vec<ModuleHash>,
    /// Their size together, in bytes.
    pub bytes: u64,
}

/// The modules in a store.
pub trait Modules: Send + Sync {
    /// Keep the module and point its kind to it, in one step.
    fn deploy(&self, deploy: Deploy) -> BoxFuture<'_, Result<Deployed, StoreError>>;

    /// All pointers, and for each kind the older modules that jobs with checkpoints
    /// still need. Cheap: no module bytes.
    fn pointers(&self) -> BoxFuture<'_, Result<Pointers, StoreError>>;

    /// The bytes of a module; `None` if the store does not have it.
    fn fetch(&self, module: ModuleHash) -> BoxFuture<'_, Result<Option<Bytes>, StoreError>>;

    /// Point a kind to a module that was deployed as it before; `None`: to the one before
    /// the present one. Returns the module now pointed to; `None` if there is no such.
    fn rollback(
        &self,
        kind: Kind,
        to: Option<ModuleHash>,
    ) -> BoxFuture<'_, Result<Option<ModuleHash>, StoreError>>;

    /// Remove what no pointer and no kept job needs, except the `keep` newest of each kind.
    fn prune_modules(&self, keep: u32) -> BoxFuture<'_, Result<Pruned, StoreError>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_in_digits_and_read_back() {
        let hash = ModuleHash(std::array::from_fn(|place| (place * 37) as u8));
        let text = hash.to_string();
        assert!(text.starts_with("sha256:00254a6f94b9de"), "{text}");
        assert_eq!(text.parse(), Ok(hash));
        assert!(text[..70].parse::<ModuleHash>().is_err());
    }
}
