//! Runs one job in an enclosure: a WebAssembly module under a memory cap, a
//! fuel budget, a deadline, and with nothing of the host in sight but what was
//! granted. Knows bytes, limits and grants; what a queue, a retry or a store
//! is, is deliberately absent.
//!
//! The way through:
//!
//! ```text
//! bytes ─ inspect ─▶ Inspection        what it is, or why it cannot run; nothing is compiled
//! bytes ─ Engine::load ─▶ Program      compiled once, cached on disk
//! Program + Request ─ attempt ─▶ (Attempt, Control)
//!                                      Attempt: a future, to be spawned on the guests' runtime
//!                                      Control: stop it, take its checkpoints, look at it
//! Attempt ─ await ─▶ Report            what it ended as, what it used, where it trapped
//! ```
//!
//! Two accounts bound every attempt. `memory` is the guest's linear memory and
//! tables, summed. `host` is every byte that this crate holds on the guest's
//! behalf. Both are exact, and going over either ends the attempt as
//! [`Outcome::MemoryLimit`], alone.

mod abi;
mod account;
mod apart;
mod attempt;
mod backtrace;
mod cache;
mod capture;
mod clock;
mod compile;
mod control;
mod effects;
mod ending;
mod engine;
mod error;
mod gate;
mod guest;
mod host_functions;
mod inspect;
mod ledger;
mod limits;
mod memory;
mod modules;
mod program;
mod report;
mod request;
mod spread;
mod wasi;
mod workshop;

pub use abi::{IMPORT_MODULE, JOB_ENTRY, MANIFEST_SECTION};
pub use apart::{is_child, serve_child};
pub use attempt::Attempt;
pub use control::{Control, Stop, Usage};
pub use effects::{Append, Child, Effects, Progress, Snapshot, Urgency};
pub use engine::{Engine, EngineConfig, FUEL_MODEL, SLOTS_IN_A_BATCH};
pub use error::{HostError, LoadError};
pub use inspect::{Inspection, Refusal, Shape, inspect};
pub use limits::{Limits, OnMemoryLimit, STACK_BYTES};
pub use program::Program;
pub use report::{
    Captured, CheckpointUse, Failure, FailureClass, FuelUse, HostUse, LogLevel, LogLine, Logs, MemoryUse,
    Outcome, Report,
};
pub use request::{Grant, JobFacts, LiveOutput, Quota, Request, Resume};
pub use workshop::Workshop;
