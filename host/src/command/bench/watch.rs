//! Watches the worker that is measured: when its attempts start and end, and how long its
//! exchanges with the store take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cofferdam_queue::{
    BoxFuture, Claimed, Drive, End, Exchange, Exchanged, Heartbeat, Notices, Outcome, Store, StoreError,
    Tended, Wake, WorkerFacts, WorkerId,
};
use cofferdam_worker::{Observer, Step};
use tokio::sync::Notify;

/// What happened so far.
#[derive(Default)]
pub struct Watch {
    ended: AtomicU64,
    failed: AtomicU64,
    seen: Mutex<Seen>,
    /// So many ends are waited for. Who waits is woken by the last of them only: a call of the
    /// system for each would be a part of what is measured.
    awaited: AtomicU64,
    reached: Notify,
}

#[derive(Default)]
struct Seen {
    first_claim_at: Option<Instant>,
    last_start_at: Option<Instant>,
    last_end_at: Option<Instant>,
}

impl Watch {
    /// Attempts whose end is durable.
    pub fn ended(&self) -> u64 {
        self.ended.load(Ordering::SeqCst)
    }

    /// Those of them that did not complete.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Acquire)
    }

    /// From the store giving the first jobs to the last end that is durable.
    pub fn span(&self) -> Duration {
        let seen = self.seen();
        match (seen.first_claim_at, seen.last_end_at) {
            (Some(first), Some(last)) => last.saturating_duration_since(first),
            _ => Duration::ZERO,
        }
    }

    /// When the last attempt started.
    pub fn last_start_at(&self) -> Option<Instant> {
        self.seen().last_start_at
    }

    /// Completes when so many attempts have ended; `false` when none ends for `patience`.
    pub async fn until_ended(&self, count: u64, patience: Duration) -> bool {
        self.awaited.store(count, Ordering::SeqCst);
        loop {
            let before = self.ended();
            if before >= count {
                return true;
            }
            let reached = tokio::time::timeout(patience, self.reached.notified()).await;
            if reached.is_err() && self.ended() == before {
                return false;
            }
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Watch {
    fn started(&self, _claimed: &Claimed) {
        self.seen().last_start_at = Some(Instant::now());
    }

    fn ended(&self, _claimed: &Claimed, end: &End) {
        self.seen().last_end_at = Some(Instant::now());
        if end.outcome != Outcome::Completed {
            self.failed.fetch_add(1, Ordering::AcqRel);
        }
        let ended = self.ended.fetch_add(1, Ordering::SeqCst) + 1;
        if ended >= self.awaited.load(Ordering::SeqCst) {
            self.reached.notify_one();
        }
    }

    fn at(&self, step: Step) {
        if step == Step::Claimed {
            self.seen().first_claim_at.get_or_insert_with(Instant::now);
        }
    }
}

/// A store whose exchanges are timed.
pub struct Timed {
    store: Arc<dyn Store>,
    commits: Mutex<Vec<(usize, Duration)>>,
}

impl Timed {
    /// Times the exchanges with this store.
    pub fn new(store: Arc<dyn Store>) -> Timed {
        Timed { store, commits: Mutex::new(Vec::new()) }
    }

    /// For each exchange that carried commits, how many, and how long it took.
    pub fn commits(&self) -> Vec<(usize, Duration)> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drive for Timed {
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.sign_on(facts)
    }

    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.sign_off(worker)
    }

    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        self.store.heartbeat(beat)
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        let commits = exchange.commits.len();
        Box::pin(async move {
            let begun = Instant::now();
            let exchanged = self.store.exchange(exchange).await;
            if commits > 0 {
                let took = begun.elapsed();
                self.commits.lock().unwrap_or_else(PoisonError::into_inner).push((commits, took));
            }
            exchanged
        })
    }

    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        self.store.tend()
    }

    fn woken(&self) -> BoxFuture<'_, Wake> {
        self.store.woken()
    }
}
