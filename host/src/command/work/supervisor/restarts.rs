//! When a process is started again: at once, and the more often it ends young the later.

use std::time::Duration;

use tokio::time::Instant;

/// Who lived for so long was not lost to its start.
const GROWN_UP: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Of one place.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    started_at: Option<Instant>,
    young: u32,
}

impl Restarts {
    pub(super) fn started(&mut self, now: Instant) {
        self.started_at = Some(now);
    }

    /// When the next is to start, if the last ended now.
    pub(super) fn next_at(&mut self, now: Instant) -> Instant {
        if self.started_at.take().is_some_and(|at| now.duration_since(at) >= GROWN_UP) {
            self.young = 0;
        }
        let wait = match self.young {
            0 => Duration::ZERO,
            n => FIRST_WAIT.saturating_mul(1 << (n - 1).min(10)).min(LONGEST_WAIT),
        };
        self.young = self.young.saturating_add(1);
        now + wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_comes_at_once_and_who_dies_young_again_and_again_waits_longer_and_longer() {
        let (mut restarts, now) = (Restarts::default(), Instant::now());
        let waits: Vec<u64> = (0..12)
            .map(|_| {
                restarts.started(now);
                restarts.next_at(now).duration_since(now).as_millis() as u64
            })
            .collect();
        assert_eq!(waits[..5], [0, 200, 400, 800, 1600]);
        assert_eq!(waits[11], 30_000);
    }

    #[test]
    fn who_has_lived_starts_anew() {
        let (mut restarts, now) = (Restarts::default(), Instant::now());
        for _ in 0..5 {
            restarts.started(now);
            restarts.next_at(now);
        }
        restarts.started(now);
        let later = now + GROWN_UP;
        assert_eq!(restarts.next_at(later), later);
    }
}
