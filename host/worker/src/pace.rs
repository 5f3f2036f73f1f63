//! How fast attempts come and go, and how many jobs to claim ahead of free slots so that
//! the guests have work while an exchange is on its way.

use std::time::Duration;

use crate::world::Moment;

/// The most jobs claimed ahead, however short they are.
const AHEAD_MAX: u64 = 1_000;
/// A worker whose attempts stopped ending for so many horizons claims nothing ahead.
const STALE_HORIZONS: u32 = 4;
/// How long ends gather when they come faster than they are worth waking up for.
const NAP: Duration = Duration::from_millis(1);
/// Fewer than so many ends in one nap are taken in one by one.
const NAP_ENDS_MIN: u64 = 8;
/// The least time that a claimed job may wait for its start.
const WAIT_MIN: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(crate) struct Pace {
    horizon: Duration,
    /// A moving average of what an attempt takes, in nanoseconds; 0: not known.
    attempt_ns: u64,
    last_end_at: Moment,
}

impl Pace {
    pub fn new(horizon: Duration) -> Pace {
        Pace { horizon, attempt_ns: 0, last_end_at: Moment::default() }
    }

    pub fn ended(&mut self, took: Duration, now: Moment) {
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX / 16).clamp(1, u64::MAX / 16);
        self.attempt_ns = match self.attempt_ns {
            0 => took_ns,
            // Slow to believe that attempts are short, quick to see that they are long.
            average if took_ns > average => average / 4 * 3 + took_ns / 4,
            average => average / 16 * 15 + took_ns / 16,
        }
        .max(1);
        self.last_end_at = now;
    }

    /// How many jobs are one horizon of work for this many slots.
    pub fn ahead(&self, slots: u32, now: Moment) -> usize {
        if self.attempt_ns == 0 || now.since(self.last_end_at) > self.horizon * STALE_HORIZONS {
            return 0;
        }
        let horizon_ns = self.horizon.as_nanos() as u64;
        (horizon_ns.saturating_mul(u64::from(slots)) / self.attempt_ns).min(AHEAD_MAX) as usize
    }

    /// How long the dispatcher may leave ends lying when `running` attempts are under way. Only
    /// while those that run are work for much longer than that: no thread of theirs is
    /// idle meanwhile, and each waking saved is a switch that no guest pays for.
    pub fn nap(&self, running: usize) -> Option<Duration> {
        let nap_ns = NAP.as_nanos() as u64;
        let ends = (running as u64).saturating_mul(nap_ns) / self.attempt_ns.max(1);
        (self.attempt_ns >= 3 * nap_ns && ends >= NAP_ENDS_MIN).then_some(NAP)
    }

    /// When a job that was claimed ahead has waited so long that others should have it.
    pub fn waited_too_long(&self, claimed_at: Moment) -> Moment {
        claimed_at + (self.horizon * 25).max(WAIT_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_attempts_are_claimed_ahead_and_long_ones_are_not() {
        let mut pace = Pace::new(Duration::from_millis(8));
        let now = Moment::from_micros(1_000_000);
        assert_eq!(pace.ahead(10, now), 0, "nothing is known");
        pace.ended(Duration::from_micros(400), now);
        assert_eq!(pace.ahead(10, now), 200);
        for _ in 0..40 {
            pace.ended(Duration::from_millis(200), now);
        }
        assert_eq!(pace.ahead(10, now), 0);
    }

    #[test]
    fn ends_are_left_lying_only_while_many_attempts_are_under_way() {
        let mut pace = Pace::new(Duration::from_millis(8));
        let now = Moment::from_micros(1_000_000);
        assert_eq!(pace.nap(1_000), None, "nothing is known");
        pace.ended(Duration::from_millis(6), now);
        assert_eq!(pace.nap(256), Some(NAP));
        assert_eq!(pace.nap(10), None, "few at a time are waited for");
        let mut pace = Pace::new(Duration::from_millis(8));
        pace.ended(Duration::from_micros(800), now);
        assert_eq!(pace.nap(32), None, "the guests' threads would run out of work");
    }

    #[test]
    fn nothing_is_claimed_ahead_when_attempts_stop_ending() {
        let mut pace = Pace::new(Duration::from_millis(8));
        let now = Moment::from_micros(1_000_000);
        pace.ended(Duration::from_micros(10), now);
        assert_eq!(pace.ahead(2, now), 1_000);
        assert_eq!(pace.ahead(2, now + Duration::from_millis(33)), 0);
    }
}
