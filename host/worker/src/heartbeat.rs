//! One beat renews all leases of the worker. It runs in a task apart from the dispatcher,
//! and stops when the dispatcher has not turned for half a lease: a worker that renews
//! what it no longer drives would hold its jobs for ever.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{Drive, Heartbeat};

use crate::lease::{Lease, Pulse};
use crate::message::{Inbox, Message};
use crate::patience::{self, answer_within};
use crate::world::World;

/// Nudges closer together than this are one.
const NUDGE_GAP: Duration = Duration::from_millis(20);

/// Beats until the lease is over.
pub(crate) async fn keep(
    lease: Arc<Lease>,
    pulse: Arc<Pulse>,
    drive: Arc<dyn Drive>,
    world: Arc<dyn World>,
    inbox: Inbox,
) {
    let every = lease.length / 3;
    let mut failing = false;
    while !lease.is_over() && !inbox.is_closed() {
        let asked_at = world.now();
        let mut next_at = asked_at + every;
        if asked_at.since(pulse.turned_at()) < lease.length / 2 {
            let beat = Heartbeat {
                worker: lease.worker.clone(),
                quiet: pulse.quiet(),
                reserved_bytes: pulse.reserved_bytes(),
                running: pulse.running(),
            };
            let patience = patience::with_a_heartbeat(lease.length);
            match answer_within(patience, world.as_ref(), drive.heartbeat(beat)).await {
                Ok(notices) => {
                    failing = false;
                    if !notices.expired {
                        lease.renewed(asked_at);
                    }
                    // Sent after the renewal, so that the dispatcher judges by the new date.
                    let _ = inbox.send(Message::Beat { lease_no: lease.no, notices });
                }
                Err(error) if !error.is_temporary() => {
                    let _ = inbox.send(Message::Unusable(error));
                    return;
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(%error, "the heartbeat failed; trying again");
                    }
                    next_at = asked_at + every / 8;
                }
            }
        } else {
            tracing::error!(worker = %lease.worker, "the dispatcher does not turn; not renewing its leases");
            next_at = asked_at + every / 8;
        }
        let nudged = tokio::select! {
            biased;
            () = lease.nudge.notified() => true,
            () = world.sleep_until(next_at.max(world.now())) => false,
        };
        if nudged && !lease.is_over() && world.now() < asked_at + NUDGE_GAP {
            world.sleep_until(asked_at + NUDGE_GAP).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering};

    use cofferdam_queue::*;
    use tokio::sync::mpsc;

    use super::*;
    use crate::world::Moment;

    const LEASE: Duration = Duration::from_secs(15);

    /// Time passes by sleeping. After ten leases the one under test is over.
    struct Asleep {
        now_us: Arc<AtomicU64>,
        lease: Arc<Lease>,
    }

    impl World for Asleep {
        fn now(&self) -> Moment {
            Moment::from_micros(self.now_us.load(Ordering::Relaxed))
        }
        fn wall(&self) -> Timestamp {
            Timestamp(0)
        }
        fn sleep_until(&self, moment: Moment) -> BoxFuture<'static, ()> {
            let (now_us, lease) = (self.now_us.clone(), self.lease.clone());
            Box::pin(async move {
                now_us.fetch_max(moment.as_micros(), Ordering::Relaxed);
                if moment.since(Moment::default()) > LEASE * 10 {
                    lease.end();
                }
            })
        }
        fn spawn(&self, _: BoxFuture<'static, ()>) {}
        fn random_u64(&self) -> u64 {
            0
        }
    }

    /// Writes down when it was beaten; while `turning`, the dispatcher turns with every beat.
    struct Beaten {
        now_us: Arc<AtomicU64>,
        turning: Option<Arc<Pulse>>,
        beats_ms: Mutex<Vec<u64>>,
    }

    impl Drive for Beaten {
        fn heartbeat(&self, _: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
            let now = Moment::from_micros(self.now_us.load(Ordering::Relaxed));
            self.beats_ms.lock().unwrap().push(now.since_ms(Moment::default()));
            if let Some(pulse) = &self.turning {
                pulse.turn(now, 0, 0, false);
            }
            Box::pin(async { Ok(Notices::default()) })
        }
        fn sign_on(&self, _: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
            Box::pin(async { Ok(()) })
        }
        fn sign_off(&self, _: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
            Box::pin(async { Ok(()) })
        }
        fn exchange(&self, _: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
            Box::pin(std::future::pending())
        }
        fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
            Box::pin(std::future::pending())
        }
        fn woken(&self) -> BoxFuture<'_, Wake> {
            Box::pin(std::future::pending())
        }
    }

    async fn beats_ms(turning: bool) -> Vec<u64> {
        let now_us = Arc::new(AtomicU64::new(0));
        let lease = Arc::new(Lease::new(WorkerId::trusted("w"), 1, LEASE, Moment::default()));
        let world = Arc::new(Asleep { now_us: now_us.clone(), lease: lease.clone() });
        let pulse = Arc::new(Pulse::default());
        let turning = turning.then(|| pulse.clone());
        let drive = Arc::new(Beaten { now_us, turning, beats_ms: Mutex::default() });
        let (inbox, _messages) = mpsc::unbounded_channel();
        keep(lease, pulse, drive.clone(), world, inbox).await;
        drive.beats_ms.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn it_beats_three_times_a_lease() {
        let beats = beats_ms(true).await;
        assert_eq!(beats[..4], [0, 5_000, 10_000, 15_000]);
        assert!(beats.len() >= 30, "{beats:?}");
    }

    #[tokio::test]
    async fn it_renews_nothing_for_a_dispatcher_that_does_not_turn() {
        // The lease was last renewed at 5 s: it is over for everybody at 20.
        assert_eq!(beats_ms(false).await, [0, 5_000]);
    }
}
