//! Points in time, as an argument: no rule in this crate reads a clock.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, by the clock of whoever owns the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The end of the year 9999, the last that RFC 3339 can write. A sum that would be later is
    /// this: "in a thousand million years" means never, in every store and on every page.
    pub const LATEST: Timestamp = Timestamp(253_402_300_799_999);

    /// Milliseconds from `earlier` to `self`; 0 when the clock went backwards.
    pub fn since_ms(self, earlier: Timestamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<u64> for Timestamp {
    type Output = Timestamp;
    fn add(self, ms: u64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms)).min(Timestamp::LATEST)
    }
}

impl Sub<u64> for Timestamp {
    type Output = Timestamp;
    fn sub(self, ms: u64) -> Timestamp {
        Timestamp(self.0.saturating_sub(ms))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where a store on this machine reads the time. Given to it, so that tests and
/// the simulation can set it, also backwards.
pub trait Clock: Send + Sync {
    /// Now, in milliseconds since the Unix epoch. May go backwards.
    fn now(&self) -> Timestamp;
}
