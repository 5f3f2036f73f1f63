//! Where the worker stands with the store: signing on, its lease, the loss of it.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{StoreError, WorkerId};

use crate::dispatcher::{Answer, Dispatcher};
use crate::heartbeat;
use crate::lease::{Lease, facts};
use crate::outbox::Owner;
use crate::patience::{self, answer_within};
use crate::sandbox::Stop;
use crate::summary::WorkerError;
use crate::world::Moment;

/// After the loss of a lease, before signing on again.
const LOST_PAUSE: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(crate) enum Standing {
    /// Not signed on.
    #[default]
    Out,
    /// Nothing that it held runs here any more; the store has yet to hear of it.
    Lost(WorkerId),
    SigningOn(Arc<Lease>),
    On(Arc<Lease>),
    /// Signed off, or given up trying: for good.
    Off,
}

impl Standing {
    pub fn lease(&self) -> Option<&Arc<Lease>> {
        match self {
            Standing::On(lease) => Some(lease),
            Standing::Out | Standing::Lost(_) | Standing::SigningOn(_) | Standing::Off => None,
        }
    }
}

impl Dispatcher {
    pub fn sign_on(&mut self, now: Moment) {
        let facts = facts(&self.config, self.ports.world.as_ref());
        self.leases += 1;
        let lease = Lease::new(facts.id.clone(), self.leases, self.config.lease, now);
        self.standing = Standing::SigningOn(Arc::new(lease));
        let (drive, world) = (self.ports.drive.clone(), self.ports.world.clone());
        let patience = patience::with_a_call(self.config.lease);
        self.call = Some(Box::pin(async move {
            Answer::SignedOn(answer_within(patience, world.as_ref(), drive.sign_on(facts)).await)
        }));
    }

    pub fn signed_on(&mut self, result: Result<(), StoreError>, now: Moment) -> Result<(), WorkerError> {
        let Standing::SigningOn(lease) = std::mem::take(&mut self.standing) else { return Ok(()) };
        match result {
            Ok(()) => {
                self.store_answers();
                tracing::info!(worker = %lease.worker, "signed on");
                self.ports.observer.signed_on(&lease.worker);
                let keep = heartbeat::keep(
                    lease.clone(),
                    self.pulse.clone(),
                    self.ports.drive.clone(),
                    self.ports.world.clone(),
                    self.inbox.clone(),
                );
                self.ports.world.spawn(Box::pin(keep));
                self.standing = Standing::On(lease);
                self.admission.look_again();
            }
            // Whoever started the worker is still there to read it.
            Err(error) if !error.is_temporary() && self.leases == 1 => {
                return Err(WorkerError::SignOn(error));
            }
            Err(error) => {
                // A lost reply may have signed on this id.
                self.standing = Standing::Lost(lease.worker.clone());
                self.failed("cannot sign on; trying again", &error, now);
            }
        }
        Ok(())
    }

    /// What a lost lease held is given back, unless somebody has done it: when nobody could
    /// reach the store, nobody has, and it would count as a crash of every job.
    pub fn leave(&mut self, worker: WorkerId) {
        let (drive, world) = (self.ports.drive.clone(), self.ports.world.clone());
        let patience = patience::with_a_return(self.config.lease);
        self.call = Some(Box::pin(async move {
            Answer::Left(answer_within(patience, world.as_ref(), drive.sign_off(worker)).await)
        }));
    }

    pub fn left(&mut self, result: Result<(), StoreError>, now: Moment) {
        match result {
            Ok(()) => {
                self.store_answers();
                self.standing = Standing::Out;
            }
            Err(error) => self.failed("cannot reach the store; trying again", &error, now),
        }
    }

    /// No call for a while.
    pub fn failed(&mut self, what: &str, error: &StoreError, now: Moment) {
        if !error.is_temporary() {
            self.unusable = Some(error.clone());
            return;
        }
        let wait = self.backoff.next(self.ports.world.random_u64());
        let wait_ms = wait.as_millis() as u64;
        // Once, however long it takes: a log that repeats itself hides the rest.
        if std::mem::replace(&mut self.failing, true) {
            tracing::debug!(%error, wait_ms, "{what}");
        } else {
            tracing::warn!(%error, wait_ms, "{what}");
        }
        self.blocked_until = Some(now + wait);
    }

    pub fn store_answers(&mut self) {
        self.backoff.reset();
        if std::mem::take(&mut self.failing) {
            tracing::info!("the store answers again");
        }
    }

    pub fn give_up_an_expired_lease(&mut self, now: Moment) {
        if self.standing.lease().is_some_and(|lease| now >= lease.valid_until()) {
            self.lose_lease("it could not be renewed in time");
        }
    }

    /// Ends everything that runs here and writes nothing: by now the jobs may run
    /// elsewhere. Their guests' memory counts until they are gone.
    pub fn lose_lease(&mut self, why: &str) {
        let Some(lease) = self.standing.lease().cloned() else { return };
        lease.end();
        self.standing = Standing::Lost(lease.worker.clone());
        self.call = None;
        // A store that takes a worker on and at once lets go of it would be asked without end.
        self.blocked_until = Some(self.ports.world.now() + LOST_PAUSE);
        let (running, ready) = (self.attempts.len(), self.ready.len());
        tracing::error!(worker = %lease.worker, running, ready, "lease lost: {why}; its jobs go on elsewhere");
        let now = self.ports.world.now();
        for (no, attempt) in std::mem::take(&mut self.attempts) {
            self.ports.observer.lease_lost(&attempt.claimed);
            if self.drain.is_some() {
                self.summary.interrupted.push(attempt.interrupted(now));
            }
            if !attempt.released {
                attempt.guest.end_now(Stop::Interrupt);
                self.orphans.insert(no, attempt.reservation_bytes);
            }
        }
        for ready in std::mem::take(&mut self.ready) {
            self.admission.given_up(ready.reservation_bytes);
            self.ports.observer.lease_lost(&ready.claimed);
        }
        for outgoing in self.outbox.abandon() {
            if let Owner::End { claimed, interrupted } = outgoing.owner {
                self.ports.observer.lease_lost(&claimed);
                self.summary.interrupted.extend(interrupted);
            }
        }
        self.flushes.clear();
        self.graces.clear();
        self.drain_signs_off(now);
    }

    pub fn sign_off(&mut self, now: Moment) {
        let Some(lease) = self.standing.lease().cloned() else { return };
        lease.end();
        self.drain_signs_off(now);
        let drive = self.ports.drive.clone();
        let worker = lease.worker.clone();
        self.call = Some(Box::pin(async move { Answer::SignedOff(drive.sign_off(worker).await) }));
    }

    pub fn signed_off(&mut self, result: Result<(), StoreError>) {
        self.standing = Standing::Off;
        match result {
            Ok(()) => self.summary.signed_off = true,
            Err(error) => tracing::warn!(%error, "cannot sign off; the lease ends by itself"),
        }
    }
}
