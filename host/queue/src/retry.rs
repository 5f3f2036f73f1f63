//! When a job that failed runs again.

/// The part of the delay that every retry has, in milliseconds.
const FLOOR_MS: u64 = 15_000;
/// The base of a retry after a failure of ours, and the width of its jitter.
const HOST_ERROR_MS: u64 = 5_000;

/// The delay before the retry that follows failure number `failures` (1 for the
/// first): n⁴ + 15 s + jitter, with n counted from 0 as Sidekiq does, and a jitter
/// of up to 10 s × (n + 1) so that a crowd that failed together does not return
/// together. `random` supplies the jitter. 25 retries take about three weeks.
pub fn backoff_ms(failures: u32, random: u64) -> u64 {
    let n = u64::from(failures.saturating_sub(1)).min(1_000);
    let jitter_ms_max = 10_000 * (n + 1);
    n.pow(4) * 1_000 + FLOOR_MS + random % jitter_ms_max
}

/// The delay before a job runs again that ended by a fault of the host: 5 to 10 s.
/// Not counted as a failure of the job.
pub fn host_error_backoff_ms(random: u64) -> u64 {
    HOST_ERROR_MS + random % HOST_ERROR_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_retry_comes_after_15_to_25_seconds_and_the_25th_after_days() {
        assert_eq!(backoff_ms(1, 0), 15_000);
        assert_eq!(backoff_ms(1, 9_999), 24_999);
        assert_eq!(backoff_ms(3, 0), 16_000 + 15_000);
        assert_eq!(backoff_ms(25, 0), 24_u64.pow(4) * 1_000 + 15_000);
    }

    #[test]
    fn no_count_however_large_overflows() {
        assert!(backoff_ms(u32::MAX, u64::MAX) < u64::MAX / 2);
    }
}
