//! Until when a process may work, by what it has heard from its store: nothing of it runs
//! when its lease can no longer be valid.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::verdicts::{Checker, Violations};

/// From the end of a lease, or of a pause, until every guest has noticed.
const NOTICE: Duration = Duration::from_millis(5);

/// The lease of a process as seen from outside.
pub struct Tenure {
    until: Mutex<(Option<Instant>, Option<Instant>)>,
    violations: Violations,
}

impl Tenure {
    /// Of a process that has not signed on.
    pub fn new(violations: Violations) -> Tenure {
        Tenure { until: Mutex::default(), violations }
    }

    /// The store has answered: valid until then.
    pub fn renew(&self, until: Instant) {
        let mut known = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        known.0 = known.0.max(Some(until));
    }

    /// It stood still until now and could not notice anything.
    pub fn resumed(&self) {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(Instant::now());
    }

    /// A guest goes on with its work here.
    pub fn works(&self, what: &dyn std::fmt::Display) {
        let now = Instant::now();
        let (until, resumed_at) = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |since: Option<Instant>| since.is_none_or(|since| now > since + NOTICE);
        if late(until) && late(resumed_at) {
            let ago = until.map(|until| now - until);
            self.violations.say(
                Checker::Tenure,
                format!("{what} works on, though the lease of its worker ended {ago:?} ago"),
            );
        }
    }
}
