//! The default store: one SQLite file, shared fairly by the processes of one machine.
//!
//! ```text
//! caller ─ command ─▶ writer thread ─ group, one transaction ─▶ syncer thread ─ fdatasync ─▶ answers
//!                       │ takes its turn among processes           durable before it is acknowledged
//!                       └ then rings: in the process by a flag, across processes by a pipe
//! caller ─ question ─▶ reader thread, on its own connection
//! ```
//!
//! Waiting for a lock is deliberately absent: processes queue for their turn before they
//! open a transaction, so SQLite never finds the file busy.

mod cancel;
mod claim;
mod commit;
mod config;
mod delete;
mod desk;
mod enqueue;
mod error;
mod heartbeat;
mod identity;
mod inspect;
mod lanes;
mod modules;
mod open;
mod order;
mod pause;
mod pipe;
mod promote;
mod proof;
mod prune;
mod reader;
mod reap;
mod retry;
mod schema;
mod settle;
mod sign;
mod silence;
mod statements;
mod store;
mod turn;
mod writer;

pub use config::{SqliteConfig, Synchronous};
pub use store::SqliteStore;
