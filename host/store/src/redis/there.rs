//! What this handle knows of the server's time: how late it is there, and when the attempts
//! began that it was given.
//!
//! So the end of an attempt can be written here as it is kept, and a script need not put it together.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use cofferdam_queue::Clock;
use tokio::time::Instant;

/// Claims that are remembered. The ends of what was claimed before are put together by the script.
const CLAIMS_MAX: usize = 4_096;

pub(super) struct There {
    /// Of a test, which stands for the server's.
    clock: Option<Arc<dyn Clock>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    last: Option<(u64, Instant)>,
    /// When each claim was answered, by its random bits.
    claims: BTreeMap<u64, u64>,
    oldest: VecDeque<u64>,
}

impl There {
    pub(super) fn new(clock: Option<Arc<dyn Clock>>) -> There {
        There { clock, known: Mutex::default() }
    }

    /// The server said so just now.
    pub(super) fn is(&self, now_ms: u64) {
        self.known().last = Some((now_ms, Instant::now()));
    }

    /// The jobs of the claim with these random bits began then.
    pub(super) fn began(&self, random: u64, now_ms: u64) {
        let mut known = self.known();
        if known.claims.insert(random, now_ms).is_none() {
            known.oldest.push_back(random);
        }
        while known.oldest.len() > CLAIMS_MAX
            && let Some(forgotten) = known.oldest.pop_front()
        {
            known.claims.remove(&forgotten);
        }
    }

    /// The time there; `None` before the first answer.
    pub(super) fn now_ms(&self) -> Option<u64> {
        match &self.clock {
            Some(clock) => Some(clock.now().0),
            None => self.known().last.map(|(ms, at)| ms + at.elapsed().as_millis() as u64),
        }
    }

    pub(super) fn began_at_ms(&self, random: u64) -> Option<u64> {
        self.known().claims.get(&random).copied()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
