//! The store for many machines: one Redis (or Valkey) server, a Sentinel group, or a Cluster.
//!
//! ```text
//! caller ─▶ one file for each operation ─▶ its script in `lua/` ─▶ link ─▶ server: one atomic step
//!                                                                   └ then rings: by `PUBLISH`, and here by a flag
//! ```
//!
//! Everything that writes is a server-side script, so that what belongs together happens together;
//! all keys of a store carry one hash tag, because a script must see them all. The time is the
//! server's: clocks of the machines do not matter. What the keys hold is in `keys.rs`.
//!
//! Proof of a worker's death is deliberately absent: across machines there is none but a lease that
//! ran out.

mod address;
mod cancel;
mod claim;
mod commit;
mod config;
mod delete;
mod durability;
mod enqueue;
mod error;
mod form;
#[doc(hidden)]
pub mod from_outside;
mod handed;
mod heartbeat;
mod inspect;
pub mod keys;
mod lanes;
mod link;
mod modules;
mod order;
mod packed;
mod pause;
mod permissions;
mod primary;
mod recall;
mod reply;
mod retry;
mod script;
mod sign;
mod store;
mod tend;
mod there;
mod types;
mod wake;

pub use address::Address;
pub use config::RedisConfig;
pub use durability::{Appends, Durability, Found};
pub use permissions::{COMMANDS, COMMANDS_IN_CLUSTER, COMMANDS_TO_LOOK, COMMANDS_WITHOUT_KEY};
pub use store::RedisStore;
