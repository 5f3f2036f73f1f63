//! The jobs that have not ended, as far as the store says; asked until there are none.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cofferdam_queue::{JobFilter, JobId, QueueName, State, Store, StoreError};

use super::Plan;
use super::guest::QUEUE;
use crate::failure::Failure;
use crate::output::Output;

/// How often the store is asked, and how long for an answer.
const ASK_EVERY: Duration = Duration::from_millis(100);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What is known of them.
pub struct Left {
    count: AtomicU64,
    is_over: AtomicBool,
    patience: Duration,
}

impl Left {
    pub fn new(plan: &Plan) -> Left {
        // Whatever is lost comes back after a lease or two; what does not move for so long is stuck.
        let patience = Duration::from_secs(60) + 4 * Duration::from_millis(plan.lease_ms);
        Left { count: AtomicU64::new(plan.jobs), is_over: AtomicBool::new(false), patience }
    }

    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// There are none left, or nothing moves any more.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Asks until there are none. Says how many were tried again by hand, and whether it gave up
    /// because nothing moved any more.
    pub async fn until_none(
        &self,
        store: &dyn Store,
        run: &str,
        output: Output,
    ) -> Result<(usize, bool), Failure> {
        let asked = self.ask(store, run, output).await;
        self.is_over.store(true, Ordering::Relaxed);
        asked
    }

    async fn ask(&self, store: &dyn Store, run: &str, output: Output) -> Result<(usize, bool), Failure> {
        let (mut retried, mut changed_at, mut said) = (0, Instant::now(), None);
        while changed_at.elapsed() < self.patience {
            let asked = tokio::time::timeout(ANSWER_WITHIN, open(store)).await;
            let (asked, silent) = match asked.unwrap_or_else(|_| Err(nothing_heard())) {
                Ok(count) => (Some(count), None),
                Err(StoreError::Unavailable { message, .. }) => (None, Some(message)),
                Err(unusable) => return Err(unusable.into()),
            };
            if silent != said {
                let message = silent.as_deref().unwrap_or("the store answers again");
                output.note(format!("         {message}"));
                said = silent;
            }
            match asked {
                Some(0) => match retry_victims(store, run).await? {
                    Some(0) => return Ok((retried, false)),
                    Some(count) => retried += count,
                    None => {}
                },
                Some(count) if self.count.swap(count, Ordering::Relaxed) != count => {
                    changed_at = Instant::now();
                }
                // As many as before, or no answer now.
                Some(_) | None => {}
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        Ok((retried, true))
    }
}

fn nothing_heard() -> StoreError {
    let message = format!("the store has not answered for {}s", ANSWER_WITHIN.as_secs());
    StoreError::Unavailable { message, maybe_applied: false }
}

/// How many jobs of the queue have not ended.
async fn open(store: &dyn Store) -> Result<u64, StoreError> {
    let queues = store.queues().await?;
    let ours = queues.iter().find(|view| view.queue.as_str() == QUEUE);
    Ok(ours.map_or(0, |queue| queue.available + queue.running + queue.scheduled))
}

/// What an operator does who knows that it was not the jobs' fault: a job whose worker was lost
/// three times in a row before it got any further is dead until somebody says otherwise. `None`:
/// the store does not answer now.
async fn retry_victims(store: &dyn Store, run: &str) -> Result<Option<usize>, Failure> {
    let queue = Some(QueueName::trusted(QUEUE));
    let dead = JobFilter { states: vec![State::Dead], queue, kind: None, limit: 100_000 };
    let dead = match store.jobs(dead).await {
        Err(StoreError::Unavailable { .. }) => return Ok(None),
        dead => dead?,
    };
    let lost = |reason: &String| reason.starts_with("its worker was lost");
    let victims: Vec<JobId> = dead
        .into_iter()
        .filter(|job| job.id.as_str().starts_with(run) && job.reason.as_ref().is_some_and(lost))
        .map(|job| job.id)
        .collect();
    let count = victims.len();
    match store.retry(victims).await {
        Err(StoreError::Unavailable { .. }) => Ok(None),
        retried => retried.map(|_| Some(count)).map_err(Failure::from),
    }
}
