//! The guests that the tests run, built for `wasm32-wasip1`.
//!
//! Deliberately empty: every program is a file of its own in `jobs/` (against the SDK),
//! `commands/` (plain programs) or `wat/` (by hand), and the test of its name in
//! `tests/corpus` says what becomes of it.
