//! Upkeep of the store, which any worker does: ends leases that ran out, makes due
//! jobs available, removes old ones. In small rounds, in a task apart.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{Drive, Timestamp};
use tokio::sync::watch;

use crate::backoff::Backoff;
use crate::message::{Inbox, Message};
use crate::patience::answer_within;
use crate::world::World;

/// The least time between two rounds that found nothing left over: the due time is
/// on the store's clock, which may be a little behind ours.
const ROUND_GAP: Duration = Duration::from_millis(10);

/// How long after a lease ran out its jobs are taken over at the latest, and a round trip.
const EXPIRY_SPREAD: Duration = Duration::from_millis(300);

pub(crate) struct Tending {
    pub drive: Arc<dyn Drive>,
    pub world: Arc<dyn World>,
    pub inbox: Inbox,
    /// How often at least: less than a lease, so that the end of each is seen coming.
    pub every: Duration,
    /// How long a round may go unanswered.
    pub patience: Duration,
    /// The next due time that an exchange brought. Closed when the worker ends.
    pub due: watch::Receiver<Option<Timestamp>>,
}

/// Once for each change: nobody reads a line that comes every second.
fn tell_of_dead(overflow: bool) {
    match overflow {
        true => tracing::error!(
            "there are more dead jobs than `retention.dead_count`: they stay, and somebody must look at them \
             (`cofferdam dead list`)"
        ),
        false => tracing::info!("there are no more dead jobs than `retention.dead_count` again"),
    }
}

impl Tending {
    pub async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(100), self.every);
        let mut failing = false;
        let mut dead_overflow = false;
        while !self.inbox.is_closed() {
            let began_at = self.world.now();
            // Jitter, so that many workers on one store do not tend it in step.
            let jitter = self.every.mul_f64((self.world.random_u64() % 1_000) as f64 / 2_000.0);
            let mut next_at = began_at + self.every / 2 + jitter;
            // Cleared before the round, so that a due time which comes meanwhile is seen.
            self.due.borrow_and_update();
            match answer_within(self.patience, self.world.as_ref(), self.drive.tend()).await {
                Ok(tended) => {
                    failing = false;
                    backoff.reset();
                    if tended.promoted > 0 || tended.reaped > 0 {
                        let _ = self.inbox.send(Message::Tended);
                    }
                    for worker in &tended.lost {
                        tracing::warn!(%worker, "a worker was lost; its jobs go on");
                    }
                    if std::mem::replace(&mut dead_overflow, tended.dead_overflow) != tended.dead_overflow {
                        tell_of_dead(tended.dead_overflow);
                    }
                    if tended.more {
                        continue;
                    }
                    if let Some(due_at) = tended.next_due_at {
                        next_at = next_at.min(began_at + self.until(due_at));
                    }
                    if let Some(expiry_at) = tended.next_expiry_at {
                        // Renewed by then, unless its worker is gone. Not all at the same moment.
                        let spread =
                            EXPIRY_SPREAD.mul_f64((self.world.random_u64() % 1_000) as f64 / 1_000.0);
                        next_at = next_at.min(began_at + self.until(expiry_at) + spread);
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(%error, "tending the store failed; trying again");
                    }
                    next_at = self.world.now() + backoff.next(self.world.random_u64());
                }
            }
            loop {
                tokio::select! {
                    biased;
                    changed = self.due.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        let due_at = *self.due.borrow_and_update();
                        if let (Some(due_at), false) = (due_at, failing) {
                            next_at = next_at.min(self.world.now() + self.until(due_at));
                        }
                    }
                    () = self.world.sleep_until(next_at) => break,
                }
            }
        }
    }

    fn until(&self, due_at: Timestamp) -> Duration {
        Duration::from_millis(due_at.since_ms(self.world.wall())).max(ROUND_GAP)
    }
}
