//! Counts what a worker's attempts ended as, and how long the honest ones took.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cofferdam_queue::{Claimed, End, JobId};
use cofferdam_worker::Observer;
use tokio::sync::Notify;

use super::guest;

/// What happened since it was last taken.
#[derive(Default)]
pub struct Tally {
    counts: Mutex<Counts>,
    /// Of all time.
    ended: Mutex<u64>,
    changed: Notify,
}

#[derive(Default)]
pub struct Counts {
    pub ended: u64,
    pub hostile: u64,
    pub wrong: u64,
    /// The first of those that ended as they must not.
    pub first_wrong: Option<String>,
    pub honest: Vec<Duration>,
    started: HashMap<JobId, Instant>,
}

impl Tally {
    /// Takes the counts, and begins anew.
    pub fn take(&self) -> Counts {
        let mut counts = self.counts();
        let started = std::mem::take(&mut counts.started);
        std::mem::replace(&mut *counts, Counts { started, ..Counts::default() })
    }

    pub fn ended(&self) -> u64 {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Completes when so many have ended; `false` when none ends for `patience`.
    pub async fn until_ended(&self, count: u64, patience: Duration) -> bool {
        loop {
            let changed = self.changed.notified();
            let before = self.ended();
            if before >= count {
                return true;
            }
            if tokio::time::timeout(patience, changed).await.is_err() && self.ended() == before {
                return false;
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many ends wake who waits once.
pub const WAKES_EACH: u64 = 256;

impl Observer for Tally {
    fn started(&self, claimed: &Claimed) {
        if guest::is_honest(&claimed.input) {
            self.counts().started.insert(claimed.id.clone(), Instant::now());
        }
    }

    fn ended(&self, claimed: &Claimed, end: &End) {
        let mut counts = self.counts();
        counts.ended += 1;
        counts.hostile += u64::from(!guest::is_honest(&claimed.input));
        if let Some(at) = counts.started.remove(&claimed.id) {
            counts.honest.push(at.elapsed());
        }
        let must = guest::must_end(&claimed.input);
        if end.outcome != must {
            counts.wrong += 1;
            counts.first_wrong.get_or_insert_with(|| {
                let input = String::from_utf8_lossy(&claimed.input);
                format!("{} with the input {input} ended as {}, not {must}", claimed.id, end.outcome)
            });
        }
        drop(counts);
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended += 1;
        if ended.is_multiple_of(WAKES_EACH) {
            self.changed.notify_waiters();
        }
    }
}
