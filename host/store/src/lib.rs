//! Where jobs are kept: the stores behind the traits of `cofferdam-queue`.
//!
//! `sqlite/` is the default: one file on one machine, shared by several processes.
//! `model/` holds everything in memory, is simple enough to be obviously right, and is
//! the oracle that the others are compared with. `redis/` is one server for many machines. Each has one file for each operation,
//! under the same name in all of them.
//!
//! What a verdict is, when a job may move and how long a retry waits is deliberately
//! absent: those are rules, and rules live in `cofferdam-queue`.

mod bell;
mod clock;
pub mod model;
mod nearest;
pub mod redis;
mod retention;
pub mod sqlite;
mod waiting;

pub use clock::{ManualClock, SystemClock};
pub use retention::{DeadOverflow, Retention};
