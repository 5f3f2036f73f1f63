//! Why a module cannot be run. Each text names the first offending thing, and
//! what is supported instead.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The module's fault: nothing but another module, or other limits, helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    #[error("is empty; a core module for `wasm32-wasip1` is needed")]
    Empty,
    #[error("is WebAssembly text, not a binary module; assemble it first (`wat2wasm`, `wasm-tools parse`)")]
    Text,
    #[error(
        "is not a WebAssembly module: it begins with {found}, not with `\\0asm`; build for `wasm32-wasip1`"
    )]
    NotWasm { found: String },
    #[error(
        "is a WebAssembly component; core modules are supported: build for `wasm32-wasip1`, not `wasm32-wasip2`"
    )]
    Component,
    #[error("is of WebAssembly binary version {version}; version 1 is supported")]
    Version { version: u32 },
    #[error("is truncated at byte offset {offset}: {reason}")]
    Truncated { offset: u64, reason: String },
    #[error("is not valid WebAssembly at byte offset {offset}: {reason}")]
    Invalid { offset: u64, reason: String },
    #[error(
        "uses a WebAssembly feature that is off here, at byte offset {offset}: {reason}; supported: wasm 2.0 with tail calls, without {off}",
        off = super::module::FEATURES_OFF
    )]
    Feature { offset: u64, reason: String },
    #[error("is for another version of the job interface: it imports `{module}`; supported: `cofferdam_v1`")]
    OtherAbi { module: String },
    #[error("imports `{module}.{name}`, and there is no import module `{module}`; {supported}")]
    UnknownModule { module: String, name: String, supported: String },
    #[error("imports `{module}.{name}`, which does not exist; the nearest is `{module}.{nearest}`")]
    UnknownImport { module: String, name: String, nearest: String },
    #[error("imports `{module}.{name}` as a {kind}; only functions can be imported")]
    ImportKind { module: String, name: String, kind: Cow<'static, str> },
    #[error("imports `{module}.{name}` as `{found}`; it is `{expected}`")]
    ImportSignature { module: String, name: String, found: String, expected: String },
    #[error("has no entry: a command exports the function `_start`, a job exports `cofferdam_run`; {hint}")]
    NoEntry { hint: String },
    #[error("exports `{name}` as {found}; it must be a function of type `{expected}`")]
    EntryType { name: String, found: String, expected: Cow<'static, str> },
    #[error("imports functions that read its memory but does not export one; export it as `memory`")]
    NoMemory,
    #[error("has {count} {what}; {maximum} is the most")]
    TooMany { what: Cow<'static, str>, count: u64, maximum: u64 },
    #[error(
        "needs {minimum_bytes} bytes of memory before it starts (static data, stack, tables); {cap_bytes} is the cap: raise `memory` to at least {minimum_bytes} bytes"
    )]
    MinimumOverCap { minimum_bytes: u64, cap_bytes: u64 },
    #[error("asks for a memory cap of {cap_bytes} bytes; this engine was set up for at most {maximum_bytes}")]
    CapOverEngine { cap_bytes: u64, maximum_bytes: u64 },
    #[error("is {size_bytes} bytes long; {maximum_bytes} is the most")]
    TooLarge { size_bytes: u64, maximum_bytes: u64 },
    #[error("cannot be compiled: the compiler {reason}")]
    Uncompilable { reason: String },
}

impl Refusal {
    pub(crate) fn too_large(size_bytes: usize) -> Refusal {
        Refusal::TooLarge { size_bytes: size_bytes as u64, maximum_bytes: super::MODULE_MAX_BYTES as u64 }
    }
}
