//! A store whose server changes in the middle, as a worker sees it: what is refused for now is asked again.
//!
//! The suite says what one call does. While a replica takes over, a call may be refused, and then it
//! did nothing; or its answer may be lost, and then it did its work or not. Only in the second case, which the
//! store itself has to tell, a repetition may be answered as one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_store::redis::RedisStore;

use crate::cluster::Calls;

/// Longer than any fail-over takes.
const AGAIN_FOR: Duration = Duration::from_secs(60);

pub struct Steady(RedisStore, Arc<Calls>, Mutex<BTreeSet<JobId>>);

impl Steady {
    pub fn new(store: RedisStore, calls: Arc<Calls>) -> Steady {
        Steady(store, calls, Mutex::default())
    }

    /// What the worker of this handle was given.
    fn held(&self) -> MutexGuard<'_, BTreeSet<JobId>> {
        self.2.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is worth asking again, and whether the call may have done its work.
trait Refused {
    fn for_now(&self) -> Option<bool>;
}

impl Refused for StoreError {
    fn for_now(&self) -> Option<bool> {
        match self {
            StoreError::Unavailable { maybe_applied, .. } => Some(*maybe_applied),
            StoreError::Unusable { .. } => None,
        }
    }
}

impl Refused for EnqueueError {
    fn for_now(&self) -> Option<bool> {
        match self {
            EnqueueError::Store(error) => error.for_now(),
            _ => None,
        }
    }
}

/// The answer, and whether an earlier call may have done the work.
async fn again<'s, T, E: Refused>(
    calls: &Calls,
    call: impl Fn() -> BoxFuture<'s, Result<T, E>>,
) -> (Result<T, E>, bool) {
    again_knowing(calls, |_| call()).await
}

/// The same for a call that says in another way what may have been done already.
async fn again_knowing<'s, T, E: Refused>(
    calls: &Calls,
    call: impl Fn(bool) -> BoxFuture<'s, Result<T, E>>,
) -> (Result<T, E>, bool) {
    calls.begin();
    let begun = Instant::now();
    let mut maybe = false;
    loop {
        let answer = call(maybe).await;
        match answer.as_ref().err().and_then(Refused::for_now) {
            Some(applied) if begun.elapsed() < AGAIN_FOR => maybe |= applied,
            _ => return (answer, maybe),
        }
        tokio::task::yield_now().await;
    }
}

/// A call of which a repetition is answered like the first.
macro_rules! plainly {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+) => { $(
        fn $name(&self, $($arg: $type),*) -> BoxFuture<'_, Result<$answer, StoreError>> {
            Box::pin(async move { again(&self.1, || self.0.$name($($arg.clone()),*)).await.0 })
        }
    )+ };
}

impl Drive for Steady {
    plainly! {
        sign_on(facts: WorkerFacts) -> ();
        sign_off(worker: WorkerId) -> ();
        heartbeat(beat: Heartbeat) -> Notices;
        tend() -> Tended;
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        Box::pin(async move {
            let ended: Vec<JobId> = exchange
                .commits
                .iter()
                .filter(|commit| commit.end.is_some())
                .map(|commit| commit.id.clone())
                .collect();
            let asked = Mutex::new(exchange);
            let call = |maybe| {
                let mut exchange = asked.lock().unwrap_or_else(PoisonError::into_inner);
                // As the worker does: what it was given in the lost answer is given again.
                if let (true, Some(claim)) = (maybe, &mut exchange.claim) {
                    claim.turn += 1;
                    claim.held.get_or_insert_with(|| self.held().iter().cloned().collect());
                }
                self.0.exchange(exchange.clone())
            };
            let (answer, maybe) = again_knowing(&self.1, call).await;
            let mut exchanged = answer?;
            self.held().retain(|id| !ended.contains(id));
            self.held().extend(exchanged.claimed.iter().map(|job| job.id.clone()));
            if maybe {
                for reply in &mut exchanged.replies {
                    if *reply == CommitReply::AlreadyApplied {
                        *reply = CommitReply::Applied;
                    }
                }
            }
            Ok(exchanged)
        })
    }

    fn woken(&self) -> BoxFuture<'_, Wake> {
        self.0.woken()
    }
}

impl Operate for Steady {
    fn enqueue(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<Enqueued>, EnqueueError>> {
        Box::pin(async move {
            let (answer, maybe) = again(&self.1, || self.0.enqueue(jobs.clone())).await;
            let as_new = |one: Enqueued| match one {
                Enqueued::Exists(id) if maybe => Enqueued::New(id),
                other => other,
            };
            Ok(answer?.into_iter().map(as_new).collect())
        })
    }

    plainly! {
        cancel(ids: Vec<JobId>) -> Vec<CancelReply>;
        retry(ids: Vec<JobId>) -> Vec<RetryReply>;
        delete(ids: Vec<JobId>) -> Vec<JobId>;
        pause(queue: QueueName, paused: bool) -> ();
        bury(worker: WorkerId) -> u32;
        order(worker: Option<WorkerId>, order: WorkerOrder) -> u32;
    }
}

impl Modules for Steady {
    plainly! {
        deploy(deploy: Deploy) -> Deployed;
        pointers() -> Pointers;
        fetch(module: ModuleHash) -> Option<Bytes>;
        rollback(kind: Kind, to: Option<ModuleHash>) -> Option<ModuleHash>;
        prune_modules(keep: u32) -> Pruned;
    }
}

impl Inspect for Steady {
    plainly! {
        job(id: JobId) -> Option<JobView>;
        jobs(filter: JobFilter) -> Vec<JobSummary>;
        attempts(id: JobId) -> Vec<AttemptView>;
        logs(id: JobId, after: u64) -> LogView;
        parts(id: JobId) -> Vec<PartView>;
        part(id: JobId, part: PartName) -> Vec<Bytes>;
        queues() -> Vec<QueueView>;
        workers() -> Vec<WorkerView>;
        modules() -> Vec<ModuleView>;
        counts() -> Vec<(State, u64)>;
    }
}

impl Store for Steady {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn size_limits(&self) -> SizeLimits {
        self.0.size_limits()
    }
}
