//! How long to wait before the next try of something that failed.

use std::time::Duration;

/// Doubles from `first` to `longest`; each wait is drawn from its upper half, so that a crowd
/// that failed together does not return together.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub fn new(first: Duration, longest: Duration) -> Backoff {
        Backoff { first, longest, next: first }
    }

    pub fn next(&mut self, random: u64) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        let half_us = (wait.as_micros() as u64 / 2).max(1);
        Duration::from_micros(half_us + random % half_us)
    }

    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(30));
        let full = u64::MAX;
        for (least_ms, most_ms) in [(5, 10), (10, 20), (15, 30), (15, 30)] {
            let wait = backoff.next(full);
            assert!(wait >= Duration::from_millis(least_ms) && wait <= Duration::from_millis(most_ms));
        }
        backoff.reset();
        assert_eq!(backoff.next(0), Duration::from_millis(5));
    }
}
