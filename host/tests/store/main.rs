//! The commands that look after a store, as a shell and a script see them: what they print,
//! what they refuse, and with which code they end.

#![expect(clippy::unwrap_used, reason = "what goes wrong in a helper of a test fails the test")]

mod asking;
mod bench;
mod deploying;
mod doctor;
mod looking;
mod modules;
mod place;
mod pushing;
