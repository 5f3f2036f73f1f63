//! When the newest state of a running attempt becomes durable.
//!
//! At once, when its guest waits for it or when it is the attempt's first; soon, when it
//! carries children; else with the regular flush, so that a job that checkpoints in
//! a tight loop costs one store transaction a second. Verdicts and interruptions carry the
//! newest state anyway.

use crate::config::FlushPolicy;
use crate::sandbox::Urgency;
use crate::world::Moment;

/// When what is pending now has to go.
pub(crate) fn due_at(
    policy: &FlushPolicy,
    urgency: Urgency,
    flushed_at: Option<Moment>,
    started_at: Moment,
    now: Moment,
) -> Moment {
    match (urgency, flushed_at) {
        (Urgency::Now, _) | (Urgency::Soon, None) => now,
        (Urgency::Soon, Some(_)) => now + policy.soon,
        (Urgency::Later, flushed_at) => now.max(flushed_at.unwrap_or(started_at) + policy.later),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_ms(ms: u64) -> Moment {
        Moment::from_micros(ms * 1_000)
    }

    fn due_ms(urgency: Urgency, flushed_ms: Option<u64>, now_ms: u64) -> u64 {
        let flushed_at = flushed_ms.map(at_ms);
        let due_at = due_at(&FlushPolicy::default(), urgency, flushed_at, at_ms(10_000), at_ms(now_ms));
        due_at.as_micros() / 1_000
    }

    #[test]
    fn the_first_checkpoint_and_one_that_its_guest_waits_for_go_at_once() {
        assert_eq!(due_ms(Urgency::Soon, None, 10_050), 10_050);
        assert_eq!(due_ms(Urgency::Now, Some(10_040), 10_050), 10_050);
    }

    #[test]
    fn children_wait_a_tenth_of_a_second_and_other_states_a_second_since_the_last() {
        assert_eq!(due_ms(Urgency::Soon, Some(10_040), 10_050), 10_150);
        assert_eq!(due_ms(Urgency::Later, Some(10_040), 10_050), 11_040);
        assert_eq!(due_ms(Urgency::Later, Some(10_040), 19_000), 19_000);
    }

    #[test]
    fn log_lines_of_an_attempt_without_checkpoints_go_once_a_second() {
        assert_eq!(due_ms(Urgency::Later, None, 10_050), 11_000);
    }
}
