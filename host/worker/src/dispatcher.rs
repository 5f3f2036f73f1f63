//! The one task that owns everything a worker knows. It takes in what happened, decides,
//! and talks to the store one call at a time; nobody else changes its state, so there is
//! nothing to lock.
//!
//! A turn: take in all messages and the answer of the last call → act on deadlines →
//! start what may run → send the next call → sleep until something happens.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{
    BoxFuture, Exchanged, Kind, ModuleHash, Notices, Outcome, Program, StoreError, Timestamp, Wake,
};
use tokio::sync::{mpsc, watch};

use crate::admission::Admission;
use crate::alarm::Alarm;
use crate::attempt::Attempt;
use crate::backoff::Backoff;
use crate::claiming::Ready;
use crate::config::WorkerConfig;
use crate::drain::Drain;
use crate::handle::Ports;
use crate::lease::Pulse;
use crate::loader::{Loader, Loads, Source};
use crate::maybe::Maybe;
use crate::message::{AttemptNo, Inbox, Message, Order};
use crate::outbox::{Outbox, Owner};
use crate::pace::Pace;
use crate::patience;
use crate::programs::{LoadedProgram, Table};
use crate::sandbox::{Ended, Stop};
use crate::snapshot::Snapshot;
use crate::standing::Standing;
use crate::summary::{Summary, WorkerError};
use crate::tending::Tending;
use crate::world::Moment;

/// Messages taken in before the next look at the store.
const BATCH_MAX: usize = 512;

/// The store's answer to the one call in flight.
pub(crate) enum Answer {
    SignedOn(Result<(), StoreError>),
    Exchanged { asked: Option<usize>, committed: usize, result: Result<Exchanged, StoreError> },
    SignedOff(Result<(), StoreError>),
    Left(Result<(), StoreError>),
}

pub(crate) struct Dispatcher {
    pub config: WorkerConfig,
    pub ports: Ports,
    pub inbox: Inbox,
    pub messages: mpsc::UnboundedReceiver<Message>,
    pub pulse: Arc<Pulse>,
    pub standing: Standing,
    pub leases: u64,
    /// Claims made.
    pub turns: u64,
    /// The one call in flight.
    pub call: Option<BoxFuture<'static, Answer>>,
    pub woken: Option<BoxFuture<'static, Wake>>,
    pub alarm: Alarm,
    /// No call before this, after one failed.
    pub blocked_until: Option<Moment>,
    pub backoff: Backoff,
    /// The last call failed, and it was said.
    pub failing: bool,
    /// Why the store is of no use any more.
    pub unusable: Option<StoreError>,
    pub attempts: BTreeMap<AttemptNo, Attempt>,
    pub attempt_no: AttemptNo,
    /// Guests that run on though nothing of them will be written any more: what they reserve.
    pub orphans: BTreeMap<AttemptNo, u64>,
    pub ready: VecDeque<Ready>,
    pub outbox: Outbox,
    pub flushes: BTreeSet<(Moment, AttemptNo)>,
    pub graces: BTreeSet<(Moment, AttemptNo)>,
    pub admission: Admission,
    pub pace: Pace,
    pub programs: BTreeMap<(Kind, ModuleHash), Arc<LoadedProgram>>,
    pub claimable: Arc<Vec<Program>>,
    /// The count of deploys as of which it is.
    pub claimable_deploys: u64,
    pub recheck_at: Moment,
    pub quiet: bool,
    pub order: cofferdam_queue::WorkerOrder,
    pub drain: Option<Drain>,
    pub deploys: watch::Sender<u64>,
    pub due: watch::Sender<Option<Timestamp>>,
    pub summary: Summary,
}

impl Dispatcher {
    pub fn new(
        config: WorkerConfig,
        ports: Ports,
        inbox: Inbox,
        messages: mpsc::UnboundedReceiver<Message>,
    ) -> Dispatcher {
        let admission = Admission::new(config.budget_bytes, config.concurrency, config.reserve_after);
        Dispatcher {
            pace: Pace::new(config.prefetch),
            admission,
            config,
            ports,
            inbox,
            messages,
            pulse: Arc::default(),
            standing: Standing::default(),
            leases: 0,
            turns: 0,
            call: None,
            woken: None,
            alarm: Alarm::default(),
            blocked_until: None,
            unusable: None,
            backoff: Backoff::new(Duration::from_millis(10), Duration::from_secs(1)),
            failing: false,
            attempts: BTreeMap::new(),
            attempt_no: 0,
            orphans: BTreeMap::new(),
            ready: VecDeque::new(),
            outbox: Outbox::default(),
            flushes: BTreeSet::new(),
            graces: BTreeSet::new(),
            programs: BTreeMap::new(),
            claimable: Arc::default(),
            claimable_deploys: 0,
            recheck_at: Moment::default(),
            quiet: false,
            order: cofferdam_queue::WorkerOrder::Work,
            drain: None,
            deploys: watch::Sender::new(0),
            due: watch::Sender::new(None),
            summary: Summary::default(),
        }
    }

    pub async fn run(mut self) -> Result<Summary, WorkerError> {
        let Ports { drive, modules, sandbox, world, observer } = self.ports.clone();
        let inbox = self.inbox.clone();
        let patience = patience::with_a_call(self.config.lease);
        let tending = Tending {
            drive,
            world: world.clone(),
            inbox: inbox.clone(),
            every: self.config.lease * 2 / 3,
            patience,
            due: self.due.subscribe(),
        };
        let deploys = self.deploys.subscribe();
        let policy = self.config.policy;
        let source = Source { modules, sandbox, world: world.clone(), observer, policy };
        let loader = Loader {
            source: Arc::new(source),
            inbox,
            patience,
            deploys,
            table: Table::default(),
            loads: Loads::default(),
        };
        self.pulse.turn(world.now(), 0, 0, false);
        world.spawn(Box::pin(loader.run()));
        world.spawn(Box::pin(tending.run()));
        let mut batch = Vec::with_capacity(BATCH_MAX);
        loop {
            let now = world.now();
            if let Some(summary) = self.turn(now)? {
                return Ok(summary);
            }
            let happened = self.next(&mut batch).await;
            let now = world.now();
            match happened {
                Happened::Answered(answer) => self.answered(answer, now)?,
                Happened::Woken(wake) => self.woken(wake),
                Happened::Messages | Happened::Rang => {}
            }
            for message in batch.drain(..) {
                self.take_in(message, now);
            }
        }
    }

    /// Sleeps until something happens.
    async fn next(&mut self, batch: &mut Vec<Message>) -> Happened {
        if self.woken.is_none() {
            // Asked for before the next claim, so that a push right after it is not missed.
            let drive = self.ports.drive.clone();
            self.woken = Some(Box::pin(async move { drive.woken().await }));
        }
        if let Some(nap) = self.pace.nap(self.attempts.len()) {
            return self.nap(nap, batch).await;
        }
        tokio::select! {
            biased;
            answer = Maybe(&mut self.call) => Happened::Answered(answer),
            _ = self.messages.recv_many(batch, BATCH_MAX) => Happened::Messages,
            wake = Maybe(&mut self.woken) => Happened::Woken(wake),
            () = &mut self.alarm => Happened::Rang,
        }
    }

    /// The same, but messages gather for so long, or until something else happens.
    async fn nap(&mut self, nap: Duration, batch: &mut Vec<Message>) -> Happened {
        let until = self.ports.world.now() + nap;
        let happened = tokio::select! {
            biased;
            answer = Maybe(&mut self.call) => Happened::Answered(answer),
            wake = Maybe(&mut self.woken) => Happened::Woken(wake),
            () = &mut self.alarm => Happened::Rang,
            () = self.ports.world.sleep_until(until) => Happened::Messages,
        };
        while batch.len() < BATCH_MAX
            && let Ok(message) = self.messages.try_recv()
        {
            batch.push(message);
        }
        happened
    }

    /// `Some`: the worker is done.
    fn turn(&mut self, now: Moment) -> Result<Option<Summary>, WorkerError> {
        if let Some(error) = self.unusable.take() {
            self.lose_lease("the store is of no use any more");
            return Err(WorkerError::Store(error));
        }
        self.give_up_an_expired_lease(now);
        self.end_what_had_its_grace(now);
        self.drain_turn(now);
        self.start_ready(now);
        self.give_back_what_waited_too_long(now);
        self.recheck(now);
        if self.is_done(now) {
            return Ok(Some(self.summarize()));
        }
        self.call_the_store(now);
        let reserved_bytes = self.admission.reserved_bytes();
        let is_news = self.pulse.turn(now, reserved_bytes, self.admission.running(), self.takes_nothing());
        if let (true, Standing::On(lease)) = (is_news, &self.standing) {
            lease.nudge.notify_one();
        }
        let at = self.next_deadline(now);
        self.alarm.set(at, self.ports.world.as_ref());
        Ok(None)
    }

    /// The next call, if there is anything to say and no call is on its way.
    fn call_the_store(&mut self, now: Moment) {
        if self.call.is_some() || self.blocked_until.is_some_and(|until| now < until) {
            return;
        }
        self.blocked_until = None;
        match &self.standing {
            Standing::Out if self.drain.is_none() => self.sign_on(now),
            Standing::Lost(worker) => self.leave(worker.clone()),
            Standing::On(_) if self.may_sign_off() => self.sign_off(now),
            Standing::On(_) => self.exchange(now),
            Standing::Out | Standing::SigningOn(_) | Standing::Off => {}
        }
    }

    fn answered(&mut self, answer: Answer, now: Moment) -> Result<(), WorkerError> {
        match answer {
            Answer::SignedOn(result) => self.signed_on(result, now)?,
            Answer::Exchanged { asked, committed, result } => self.exchanged(asked, committed, result, now),
            Answer::SignedOff(result) => self.signed_off(result),
            Answer::Left(result) => self.left(result, now),
        }
        Ok(())
    }

    fn woken(&mut self, wake: Wake) {
        if wake.jobs {
            self.admission.look_again();
        }
        self.outbox.handed(wake.given);
        if let (true, Standing::On(lease)) = (wake.notices, &self.standing) {
            lease.nudge.notify_one();
        }
    }

    fn take_in(&mut self, message: Message, now: Moment) {
        match message {
            Message::Ended(attempt, ended) => self.guest_ended(attempt, ended, now),
            Message::Changed(attempt) => self.plan_flush(attempt, now),
            Message::Beat { lease_no, notices } => self.heard(lease_no, notices, now),
            Message::Unusable(error) => self.unusable = Some(error),
            Message::Programs(table) => self.loaded(table),
            Message::Tended => self.admission.look_again(),
            Message::Order(Order::Quiet) => self.set_quiet(true),
            Message::Order(Order::Unquiet) => self.set_quiet(false),
            Message::Order(Order::Stop) => self.stop(self.config.drain_timeout, now),
            Message::Order(Order::StopNow) => self.stop(Duration::ZERO, now),
            Message::Order(Order::Show(reply)) => {
                // Whoever asked may have gone.
                let _ = reply.send(self.snapshot(now));
            }
        }
    }

    fn heard(&mut self, lease_no: u64, notices: Notices, now: Moment) {
        // An answer to a lease that is over concerns nobody.
        if self.standing.lease().is_none_or(|lease| lease.no != lease_no) {
            return;
        }
        if notices.expired {
            self.lose_lease("the store says that it ran out");
            return;
        }
        self.outbox.handed(notices.given);
        self.deploys.send_if_modified(|known| std::mem::replace(known, notices.deploys) != notices.deploys);
        for id in &notices.cancelled {
            self.cancel(id, now);
        }
        // The last word counts, whether it came by the store or by a signal.
        if std::mem::replace(&mut self.order, notices.order) != notices.order {
            match notices.order {
                cofferdam_queue::WorkerOrder::Work => self.set_quiet(false),
                cofferdam_queue::WorkerOrder::Quiet => self.set_quiet(true),
                cofferdam_queue::WorkerOrder::Stop => self.stop(self.config.drain_timeout, now),
            }
        }
    }

    fn cancel(&mut self, id: &cofferdam_queue::JobId, now: Moment) {
        if let Some(place) = self.ready.iter().position(|ready| ready.claimed.id == *id) {
            if let Some(ready) = self.ready.remove(place) {
                self.end_unstarted(ready, Ended::without_guest(Outcome::Cancelled, "cancelled"), now);
            }
        } else if let Some((&no, attempt)) = self.attempts.iter().find(|(_, a)| a.claimed.id == *id) {
            attempt.guest.request_stop(Stop::Cancel);
            if attempt.cancelled_at.is_none() {
                self.graces.insert((now + self.config.cancel_grace, no));
            }
            if let Some(attempt) = self.attempts.get_mut(&no) {
                attempt.cancelled_at.get_or_insert(now);
            }
        }
    }

    fn end_what_had_its_grace(&mut self, now: Moment) {
        while let Some(&(at, no)) = self.graces.first().filter(|(at, _)| *at <= now) {
            self.graces.remove(&(at, no));
            if let Some(attempt) = self.attempts.get_mut(&no) {
                attempt.end_now(Stop::Cancel, now);
            }
        }
    }

    fn snapshot(&self, now: Moment) -> Snapshot {
        Snapshot {
            worker: self.standing.lease().map(|lease| lease.worker.clone()),
            quiet: self.quiet,
            draining: self.drain.is_some(),
            budget_bytes: self.config.budget_bytes,
            reserved_bytes: self.admission.reserved_bytes(),
            ready: self.ready.len(),
            attempts: self.attempts.values().map(|attempt| attempt.shown(now)).collect(),
        }
    }

    /// Jobs that were claimed and not answered for.
    pub fn held(&self) -> Vec<cofferdam_queue::JobId> {
        let ready = self.ready.iter().map(|ready| &ready.claimed.id);
        let attempts = self.attempts.values().map(|attempt| &attempt.claimed.id);
        ready.chain(attempts).chain(self.outbox.jobs()).cloned().collect()
    }

    /// Ends a claimed job here that never had a guest.
    pub fn end_unstarted(&mut self, ready: Ready, mut ended: Ended, now: Moment) {
        self.admission.given_up(ready.reservation_bytes);
        ended.report = self.ports.sandbox.report_without_guest(&ready.claimed, &ended);
        let owner = |claimed| Owner::End { claimed, interrupted: None };
        let random = self.ports.world.random_u64();
        let commit = ready.conclude(ended, random);
        self.outbox.push(commit, owner(ready.claimed), now);
    }
}

enum Happened {
    Answered(Answer),
    Messages,
    Woken(Wake),
    Rang,
}
