//! Private Redis servers for tests, and what happens to servers: they stop, die, hang,
//! come back, and fail over.
//!
//! Deliberately absent: a Redis client. What a test wants to know of a server goes through
//! [`RedisServer::call`], a few words over a Unix socket that also serve where the
//! ports speak TLS only. And nothing is skipped: without `redis-server`, tests fail.

mod certificates;
pub mod child;
mod cluster;
mod ports;
mod proxy;
mod resp;
mod sentinel;
mod server;
mod settings;
pub mod wait;

pub use cluster::{RedisCluster, slot_of};
pub use proxy::Proxy;
pub use resp::Reply;
pub use sentinel::Sentinel;
pub use server::RedisServer;
pub use settings::Settings;
