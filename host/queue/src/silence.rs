//! Silence: a time in which not one worker was heard. Then it was the store that could not be
//! reached, or the whole machine that stood still, and a lease that ran out in it proves
//! nothing about its worker.
//!
//! Whoever first reaches the store again spares all leases: their workers have a heartbeat's
//! time to speak. With that the silence is over: who is not heard then is lost like any other.

use crate::Timestamp;

/// Whoever waits between two tries to reach the store waits for up to a second.
const SPARED_MS_MIN: u64 = 1_000;

/// Whether nobody was heard for longer than two thirds of the longest lease. A worker that lives and
/// reaches the store is heard every third of its own: a shorter outage ends no lease, and a single
/// beat that is late is no outage.
pub fn is_silence(now: Timestamp, heard_at: Timestamp, longest_lease_ms: u64) -> bool {
    now.since_ms(heard_at) > longest_lease_ms - longest_lease_ms / 3
}

/// When a lease runs out that is spared `now`: a third of it later, and at least 1 s.
pub fn spared_until(now: Timestamp, expires_at: Timestamp, lease_ms: u64) -> Timestamp {
    expires_at.max(now + (lease_ms / 3).max(SPARED_MS_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE_MS: u64 = 15_000;

    #[test]
    fn a_missed_beat_is_no_silence_and_two_are() {
        assert!(!is_silence(Timestamp(20_000), Timestamp(10_000), LEASE_MS));
        assert!(is_silence(Timestamp(20_001), Timestamp(10_000), LEASE_MS));
        assert!(!is_silence(Timestamp(0), Timestamp(10_000), LEASE_MS), "the clock was set back");
    }

    #[test]
    fn a_spared_lease_has_a_beat_and_never_less_than_it_had() {
        assert_eq!(spared_until(Timestamp(16_000), Timestamp(15_000), LEASE_MS), Timestamp(21_000));
        assert_eq!(spared_until(Timestamp(1_000), Timestamp(15_000), LEASE_MS), Timestamp(15_000));
        assert_eq!(spared_until(Timestamp(4_000), Timestamp(2_000), 2_000), Timestamp(5_000));
    }
}
