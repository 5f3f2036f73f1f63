//! One beat renews all leases of the worker. It runs in a task apart from the dispatcher,
//! and stops when the dispatcher has not turned for half a lease: a worker that renews
//! what it no longer drives would hold its jobs for ever.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{Drive, Heartbeat};

use crate::lease::{Lease, Pulse};
use crate::message::{Inbox, Message};
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
            match drive.heartbeat(beat).await {
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
