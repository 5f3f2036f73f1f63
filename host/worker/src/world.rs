//! All that the worker takes from the machine: time, waiting, tasks and random bits.
//!
//! One small trait, so that the simulation runs the shipped worker on virtual time
//! with seeded bits. Nothing else in this crate reads a clock, spawns or draws.

use std::ops::{Add, Sub};
use std::time::Duration;

use cofferdam_queue::{BoxFuture, Timestamp};

/// A point on a clock that never goes backwards and counts the time that the
/// machine was suspended: a lease runs out while a laptop sleeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    micros: u64,
}

impl Moment {
    /// So many microseconds after the clock's zero, which means nothing by itself.
    pub const fn from_micros(micros: u64) -> Moment {
        Moment { micros }
    }

    /// Microseconds since the clock's zero.
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// The time from `earlier` to `self`; nothing when that is later.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }

    /// The same in whole milliseconds.
    pub fn since_ms(self, earlier: Moment) -> u64 {
        self.micros.saturating_sub(earlier.micros) / 1_000
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;
    fn add(self, duration: Duration) -> Moment {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Moment { micros: self.micros.saturating_add(micros) }
    }
}

impl Sub<Duration> for Moment {
    type Output = Moment;
    fn sub(self, duration: Duration) -> Moment {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Moment { micros: self.micros.saturating_sub(micros) }
    }
}

/// The machine, as far as the worker is concerned.
pub trait World: Send + Sync {
    /// Now, on a monotonic clock that counts suspension (`CLOCK_BOOTTIME`): leases are
    /// timed by it.
    fn now(&self) -> Moment;

    /// Now, by the wall clock. May jump; only shown, and compared with due times.
    fn wall(&self) -> Timestamp;

    /// Completes at `moment` or later. May be dropped at any time.
    fn sleep_until(&self, moment: Moment) -> BoxFuture<'static, ()>;

    /// Runs a task beside the caller, on a runtime that no guest can block. Tasks end by
    /// themselves when their worker does.
    fn spawn(&self, task: BoxFuture<'static, ()>);

    /// Bits that nobody can foresee.
    fn random_u64(&self) -> u64;
}
