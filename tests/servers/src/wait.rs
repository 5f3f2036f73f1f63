//! The wait for a condition: the only place in all tests that lets time pass.

use std::time::{Duration, Instant};

/// How long a condition may take that is expected to come true soon. Far longer than it
/// ever takes on an idle machine, so that a busy one fails no test.
pub const SOON: Duration = Duration::from_secs(60);

/// Looks until there is something, and returns it.
///
/// # Panics
/// When there is nothing for [`SOON`]: says what was waited for.
#[track_caller]
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(SOON, what, look)
}

/// As [`until`], with a bound of its own.
///
/// # Panics
/// When there is nothing for as long as `bound`.
#[track_caller]
pub fn within<T>(bound: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < bound, "waited {bound:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
