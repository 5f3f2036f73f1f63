//! The guests that the tests run, built for `wasm32-wasip1`.
//!
//! Every program is a file of its own in `jobs/` (against the SDK), `commands/` (plain
//! programs), `c/` or `wat/` (by hand), and the test of its name in `tests/corpus` says what
//! becomes of it. Here is only what several of them call.

#[expect(missing_docs, reason = "they are WASI's own, by its names")]
pub mod wasi;
