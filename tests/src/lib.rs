//! The harness: the real binary in a private place, the guests, and the wait for a
//! condition.
//!
//! Deliberately absent: any crate of the product. What is tested here is tested through
//! the command line, as a user has it.

mod binary;
mod ended;
mod guests;
pub mod ledger;
pub mod module_bombs;
pub mod module_bytes;
mod on_redis;
mod process;
mod site;
mod worker;

pub use binary::{binary, root};
pub use cofferdam_servers::{Proxy, RedisServer, wait};
pub use ended::{Ended, Look};
pub use guests::{example_job, guest};
pub use on_redis::{OnRedis, lines_with};
pub use process::Process;
pub use site::Site;
pub use worker::Worker;

/// Whether everything is to be tested, also what is slow (`cargo xtask test --all`).
pub fn all() -> bool {
    std::env::var_os("COFFERDAM_TEST_ALL").is_some()
}
