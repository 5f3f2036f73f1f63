//! The attempts that this handle was given as their jobs' first, and the server's time as far as it is known.
//!
//! With it the end of such an attempt is written here as it is kept, and its lease is known to the
//! letter: a script only has to compare, and need not put anything together. What is not known
//! here (a repeated commit, another handle's attempt) goes the longer way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cofferdam_queue::{Clock, JobId, Token};
use tokio::time::Instant;

/// More are not remembered: a worker has no more at once, and what it lost is forgotten so.
const ATTEMPTS_MAX: usize = 65_536;

/// The first attempt of a job.
pub(super) struct Begun {
    /// The job's number.
    pub(super) n: u64,
    /// When it began, by the server's clock.
    pub(super) at_ms: u64,
    /// As it stands in the store until something is written under it; all jobs of a claim have the same.
    pub(super) lease: Arc<str>,
    nonce: u64,
}

pub(super) struct There {
    /// Of a test, which stands for the server's.
    clock: Option<Arc<dyn Clock>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    last: Option<(u64, Instant)>,
    begun: HashMap<JobId, Begun>,
}

impl There {
    pub(super) fn new(clock: Option<Arc<dyn Clock>>) -> There {
        There { clock, known: Mutex::default() }
    }

    /// The server said so just now.
    pub(super) fn is(&self, now_ms: u64) {
        self.known().last = Some((now_ms, Instant::now()));
    }

    /// The time there; `None` before the first answer.
    pub(super) fn now_ms(&self) -> Option<u64> {
        match &self.clock {
            Some(clock) => Some(clock.now().0),
            None => self.known().last.map(|(ms, at)| ms + at.elapsed().as_millis() as u64),
        }
    }

    /// These jobs began then, under this lease, with these random bits.
    pub(super) fn began<'j>(
        &self,
        jobs: impl Iterator<Item = (u64, &'j JobId)>,
        lease: &Arc<str>,
        nonce: u64,
        at_ms: u64,
    ) {
        let mut known = self.known();
        if known.begun.len() > ATTEMPTS_MAX {
            known.begun.clear();
        }
        for (n, id) in jobs {
            known.begun.insert(id.clone(), Begun { n, at_ms, lease: lease.clone(), nonce });
        }
    }

    /// What is known of the attempt that ends now. Not told twice.
    pub(super) fn take(&self, id: &JobId, token: Token) -> Option<Begun> {
        let begun = self.known().begun.remove(id)?;
        (token.attempt == 1 && token.nonce == begun.nonce).then_some(begun)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
