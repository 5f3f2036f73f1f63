//! The last promise of a stop: the process is gone in time, even if the worker is not,
//! because a disk does not answer or we made a mistake.

use std::time::Duration;

use crate::exit::ExitCode;

/// After the drain's own time; it is to end within 2 s of it.
const GRACE: Duration = Duration::from_millis(1_900);

/// Ends the process after this time and a little more, unless it has ended before. The
/// earliest of several counts.
pub fn arm(timeout: Duration) {
    let armed = std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
        std::thread::sleep(timeout.saturating_add(GRACE));
        tracing::error!("did not end in time; its jobs go on when its lease ends");
        std::process::exit(i32::from(ExitCode::FAILED.0));
    });
    if let Err(error) = armed {
        tracing::warn!(%error, "cannot start the watchdog: the stop may take longer than its time");
    }
}
