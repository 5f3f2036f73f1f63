//! Drives jobs from the store through the sandbox and back. Knows neither SQL nor
//! wasm: a store is [`Drive`](cofferdam_queue::Drive), a module is something that can be
//! started, and the machine is a [`World`].
//!
//! The way of a job:
//!
//! ```text
//! claiming ─ a claim says what can run now ─▶ ready ─ admission ─▶ Compiled::start ─▶ attempt
//! attempt  ─ checkpoints by the flush policy ─▶ outbox ─ exchange, one at a time ─▶ store
//! attempt  ─ ended ─▶ verdict ─▶ outbox ─ the same exchange brings the next jobs ─▶ ready
//! ```
//!
//! Apart from that one dispatcher: a heartbeat that keeps the lease, a loader that follows
//! deploys, and tending. They share nothing with it but messages and two small
//! structures of atomics.
//!
//! What it promises: what runs never exceeds the slots or the memory budget; a commit
//! is repeated with its number until it is answered or the lease has ended; nothing is
//! written after that; a drain ends in time whatever guests and store do.

mod admission;
mod alarm;
mod attempt;
mod backoff;
mod claiming;
mod config;
mod deadlines;
mod dispatcher;
mod drain;
mod exchange;
mod flush;
mod handle;
mod heartbeat;
mod lease;
mod loader;
mod maybe;
mod message;
mod observer;
mod outbox;
mod pace;
mod patience;
mod programs;
mod queues;
mod sandbox;
mod snapshot;
mod standing;
mod summary;
mod tending;
mod verdict;
mod world;

pub use config::{FlushPolicy, WorkerConfig};
pub use handle::{Ports, Worker, WorkerHandle};
pub use loader::LOADS_AT_ONCE;
pub use observer::{Observer, Step, Unobserved};
pub use sandbox::{Compiled, Ended, Events, Guest, LoadError, Pending, Sandbox, Start, Stop, Urgency, Usage};
pub use snapshot::{RunningAttempt, Snapshot};
pub use summary::{Interrupted, Summary, WorkerError};
pub use world::{Moment, World};
