//! What reads bytes from outside, given any bytes: one function for each such place, which panics
//! when a promise is broken.
//!
//! `cargo xtask fuzz` lets libFuzzer choose the bytes; what it ever found is kept below
//! `regressions`, and the tests of this package run that and the [`seeds`] through the same
//! functions.

mod config;
mod host_calls;
mod manifest;
mod module;
mod payload;
pub mod seeds;

pub use config::config;
pub use host_calls::host_calls;
pub use manifest::manifest;
pub use module::module;
pub use payload::payload;

/// A target: its name, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("manifest", manifest),
    ("module", module),
    ("payload", payload),
    ("config", config),
    ("host_calls", host_calls),
];
