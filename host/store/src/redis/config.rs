//! What a Redis store is opened with.

use std::sync::Arc;

use cofferdam_queue::{Clock, SizeLimits};

use super::Address;
use crate::Retention;

/// How to open a store.
#[derive(Clone)]
pub struct RedisConfig {
    /// The server, and the store's name on it.
    pub address: Address,
    /// How long finished jobs are kept.
    pub retention: Retention,
    /// The largest values taken; 512 KiB each by default, and 64 MiB for a module.
    pub size_limits: SizeLimits,
    /// Where the time is read; `None`, the default: the server's clock. For tests.
    pub clock: Option<Arc<dyn Clock>>,
}

/// 512 KiB: a value is read and written in one go, and meanwhile nobody else is served.
const VALUE_BYTES_MAX: u64 = 512 << 10;
/// A server holds all of it in memory.
const PARTS_BYTES_MAX: u64 = 64 << 20;

impl RedisConfig {
    /// The defaults, for the store at `address`.
    pub fn new(address: Address) -> RedisConfig {
        RedisConfig {
            address,
            retention: Retention::default(),
            size_limits: Self::size_limits(),
            clock: None,
        }
    }

    /// The largest values taken when nobody says otherwise.
    pub fn size_limits() -> SizeLimits {
        SizeLimits {
            input_bytes: VALUE_BYTES_MAX,
            output_bytes: VALUE_BYTES_MAX,
            checkpoint_bytes: VALUE_BYTES_MAX,
            append_bytes: VALUE_BYTES_MAX,
            parts_bytes: PARTS_BYTES_MAX,
            ..SizeLimits::default()
        }
    }
}
