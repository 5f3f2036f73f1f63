//! The store in memory: the oracle. Everything is a plain value in one ordered map, and
//! every operation says what it means, at whatever cost.
//!
//! Deterministic: no threads, no clock but the one it is given, nothing that depends on
//! the order of a hash. Durability, speed and other processes are deliberately absent.

mod cancel;
mod claim;
mod commit;
mod delete;
mod enqueue;
mod hand_over;
mod heartbeat;
mod house;
mod inspect;
mod modules;
mod order;
mod pause;
mod promote;
mod prune;
mod reap;
mod retry;
mod settle;
mod sign;
mod silence;
mod store;

pub use store::ModelStore;
