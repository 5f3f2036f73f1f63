//! The orderly end of a worker.
//!
//! ```text
//! stop ──▶ no claims; what was claimed ahead is given back; guests are asked to stop
//!      ──▶ each ends inside its next checkpoint and is given back with that state
//! timeout ──▶ what still runs is ended where it stands
//! + 0.5 s ──▶ what cannot even be ended is dropped, and given back with its newest state
//! + 1.8 s ──▶ the worker is gone, whatever the store does
//! ```

use std::time::Duration;

use cofferdam_queue::{Drain as OnDrain, Outcome};

use crate::dispatcher::Dispatcher;
use crate::observer::Step;
use crate::outbox::Owner;
use crate::sandbox::{Ended, Stop};
use crate::standing::Standing;
use crate::summary::Summary;
use crate::world::Moment;

/// From the timeout until guests that did not end are dropped.
pub(crate) const ENDING: Duration = Duration::from_millis(500);
/// From the timeout until the worker is gone.
const GONE: Duration = Duration::from_millis(1_800);
/// For the store to hear that the worker signs off.
const SIGNING_OFF: Duration = Duration::from_millis(1_000);

#[derive(Debug)]
pub(crate) struct Drain {
    pub timeout_at: Moment,
    pub ended: bool,
    pub dropped: bool,
    pub gone_at: Moment,
}

impl Dispatcher {
    pub fn set_quiet(&mut self, quiet: bool) {
        // Shells and systemd send CONT right after TERM.
        if self.drain.is_some() || self.quiet == quiet {
            return;
        }
        self.quiet = quiet;
        // Nothing more is handed to it, and what was is heard of.
        self.outbox.given |= quiet;
        self.admission.look_again();
        tracing::info!(quiet, "{}", if quiet { "taking no new jobs" } else { "taking jobs" });
    }

    pub fn takes_nothing(&self) -> bool {
        self.quiet || self.drain.is_some()
    }

    /// Begins a drain, or shortens the one that is under way.
    pub fn stop(&mut self, timeout: Duration, now: Moment) {
        let timeout_at = now + timeout;
        match &mut self.drain {
            Some(drain) if drain.timeout_at <= timeout_at => {}
            Some(drain) => {
                drain.timeout_at = timeout_at;
                drain.gone_at = timeout_at + GONE;
            }
            None => {
                self.drain =
                    Some(Drain { timeout_at, ended: false, dropped: false, gone_at: timeout_at + GONE });
                self.begin_drain(now);
            }
        }
    }

    fn begin_drain(&mut self, now: Moment) {
        if let Standing::Lost(_) = self.standing {
            self.drain_signs_off(now);
        }
        // What it was handed and has not heard of is given back with the rest.
        self.outbox.given = true;
        let (running, ready) = (self.attempts.len(), self.ready.len());
        tracing::info!(running, ready, "draining: no new jobs; running ones stop at their next checkpoint");
        for ready in std::mem::take(&mut self.ready) {
            self.give_back(ready, now);
        }
        for attempt in self.attempts.values() {
            if attempt.program.manifest.drain == OnDrain::Interrupt {
                attempt.guest.request_stop(Stop::Interrupt);
            }
        }
        self.ports.observer.at(Step::Draining);
    }

    pub fn drain_turn(&mut self, now: Moment) {
        let Some(drain) = &mut self.drain else { return };
        if now >= drain.timeout_at && !std::mem::replace(&mut drain.ended, true) {
            for attempt in self.attempts.values_mut().filter(|attempt| !attempt.released) {
                attempt.end_now(Stop::Interrupt, now);
            }
        }
        if now >= drain.timeout_at + ENDING && !std::mem::replace(&mut drain.dropped, true) {
            self.drop_what_does_not_end(now);
        }
    }

    /// Writes the end of guests that are not able to.
    fn drop_what_does_not_end(&mut self, now: Moment) {
        let stuck: Vec<_> =
            self.attempts.iter().filter(|(_, attempt)| !attempt.released).map(|(&no, _)| no).collect();
        for no in stuck {
            let Some(attempt) = self.attempts.get_mut(&no) else { continue };
            let Some(last) = attempt.guest.give_up() else { continue };
            tracing::error!(job = %attempt.claimed.id, "the guest does not end; dropping it");
            let mut ended = Ended::without_guest(Outcome::Interrupted, "dropped at the end of a drain");
            ended.last = Some(last);
            ended.fuel_used = attempt.guest.usage().fuel_used;
            ended.wall_ms = now.since_ms(attempt.started_at);
            ended.report = self.ports.sandbox.report_without_guest(&attempt.claimed, &ended);
            // Its memory is in use until it says otherwise.
            attempt.released = true;
            self.orphans.insert(no, attempt.reservation_bytes);
            if attempt.committing {
                attempt.ended = Some(ended);
            } else {
                self.conclude(no, ended, now);
            }
        }
    }

    /// Nothing is left that the store would have to hear.
    pub fn may_sign_off(&self) -> bool {
        self.drain.is_some() && self.attempts.is_empty() && self.outbox.is_empty()
    }

    pub fn drain_signs_off(&mut self, now: Moment) {
        if let Some(drain) = &mut self.drain {
            drain.gone_at = drain.gone_at.min(now + SIGNING_OFF);
        }
    }

    pub fn is_done(&self, now: Moment) -> bool {
        let Some(drain) = &self.drain else { return false };
        // Without a lease there is nothing left that could be written; only that what it held is given back.
        let is_off = self.standing.lease().is_none() && !matches!(self.standing, Standing::Lost(_));
        is_off || now >= drain.gone_at
    }

    /// The worker's last words; what is still under way is counted as lost.
    pub fn summarize(&mut self) -> Summary {
        let now = self.ports.world.now();
        if let Standing::On(lease) = &self.standing {
            lease.end();
        }
        for outgoing in self.outbox.abandon() {
            if let Owner::End { interrupted, .. } = outgoing.owner {
                self.summary.interrupted.extend(interrupted);
            }
        }
        for attempt in self.attempts.values() {
            self.summary.interrupted.push(attempt.interrupted(now));
        }
        std::mem::take(&mut self.summary)
    }
}
