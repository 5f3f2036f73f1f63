//! A store as a bad network shows it: delays, calls that never arrive, answers that are
//! lost after the call was applied, and calls that were given up and arrive all the same,
//! behind those that were made after them. Every applied exchange is written into the
//! ledger.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cofferdam_queue::{
    BoxFuture, Clock, Deploy, Deployed, Drive, Exchange, Exchanged, Heartbeat, Kind, ModuleHash, Modules,
    Notices, Pointers, Pruned, Store, StoreError, Tended, Timestamp, Wake, WorkerFacts, WorkerId,
};
use tokio::time::Instant;

use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::process::{Process, WallClock};
use crate::weather::Weather;

/// One process's connection.
pub struct Connection {
    /// The process that makes the calls.
    pub process: Arc<Process>,
    /// The store behind it, for reading.
    pub store: Arc<dyn Store>,
    /// The wall clock of its machine.
    pub clock: Arc<WallClock>,
    /// The same as its workers see it: with what was broken on purpose.
    pub drive: Arc<dyn Drive>,
    /// The account of what was applied.
    pub ledger: Arc<Ledger>,
    /// How bad it is for everybody.
    pub weather: Arc<Weather>,
    /// How bad it is for this machine.
    pub line: Arc<Weather>,
    /// How long a lease lasts that is renewed here.
    pub lease: Duration,
    /// What happens when.
    pub dice: Dice,
}

/// What becomes of a call.
#[derive(Clone, Copy)]
enum Fate {
    Arrives,
    NeverSent,
    AnswerLost,
    /// It is given up, and arrives so much later.
    Late(Duration),
}

impl Connection {
    fn on_the_way(&self) -> Duration {
        let mut takes = Duration::from_micros(self.weather.steady_us() + self.line.steady_us());
        let delay_us = self.weather.delay_us() + self.line.delay_us();
        if delay_us > 0 && self.dice.chance(70) {
            // Mostly short, sometimes as long as a lease.
            let longest_us = if self.dice.chance(3) { delay_us * 1_000 } else { delay_us };
            takes += Duration::from_micros(self.dice.within(0..longest_us));
        }
        takes
    }

    fn fate(&self) -> Fate {
        if !self.dice.chance(self.weather.faults_percent() + self.line.faults_percent()) {
            return Fate::Arrives;
        }
        match self.dice.within(0..100) {
            0..40 => Fate::NeverSent,
            40..75 => Fate::AnswerLost,
            // Behind the next call, behind many, or behind the end of the lease.
            _ => Fate::Late(Duration::from_micros(
                self.dice.within(1..*self.dice.one_of(&[30_000, 1_500_000, 20_000_000])),
            )),
        }
    }

    async fn call<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.send(self.fate(), call).await
    }

    async fn send<T: Send + 'static>(
        &self,
        fate: Fate,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ledger.called();
        // Killed at the step before: what it was about to say is never said.
        if self.process.is_killed() {
            std::future::pending::<()>().await;
        }
        if self.weather.is_silent() || self.line.is_silent() {
            let (weather, line) = (self.weather.clone(), self.line.clone());
            if self.dice.chance(50) {
                // It is sent again and again below, and arrives when the line is back.
                tokio::spawn(async move {
                    while weather.is_silent() || line.is_silent() {
                        wait(Duration::from_millis(100)).await;
                    }
                    call.await
                });
            }
            return std::future::pending().await;
        }
        if self.weather.is_refusing() || self.line.is_refusing() {
            return Err(lost(false));
        }
        let (there, back) = (self.on_the_way(), self.on_the_way());
        if let Fate::NeverSent = fate {
            wait(there).await;
            // A caller often cannot tell which of the two it was.
            return Err(lost(self.dice.chance(50)));
        }
        if let (Fate::Arrives, true) = (fate, there.is_zero() && back.is_zero()) {
            return call.await;
        }
        let behind = if let Fate::Late(behind) = fate { behind } else { Duration::ZERO };
        // What was sent arrives, whatever becomes of the process that sent it.
        let (answered, answer) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            wait(there + behind).await;
            // Whoever asked may have given up, or be dead.
            let _ = answered.send(call.await);
        });
        match fate {
            Fate::Late(_) => {
                wait(there).await;
                Err(lost(true))
            }
            _ => {
                let answer = answer.await.unwrap_or_else(|_| Err(lost(true)));
                wait(back).await;
                if let Fate::AnswerLost = fate { Err(lost(true)) } else { answer }
            }
        }
    }
}

async fn wait(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep_until(Instant::now() + duration).await;
    }
}

/// A time by the store's clock, by that of the process's machine: as a store tells it.
fn translate(at: Timestamp, store: &WallClock, process: &Process) -> Timestamp {
    let ahead_ms = process.clock().now().0 as i64 - store.now().0 as i64;
    Timestamp(at.0.saturating_add_signed(ahead_ms))
}

fn lost(maybe_applied: bool) -> StoreError {
    StoreError::Unavailable { message: "the connection broke".to_owned(), maybe_applied }
}

impl Drive for Connection {
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let (drive, asked_at) = (self.drive.clone(), Instant::now());
            self.call(async move { drive.sign_on(facts).await }).await?;
            self.process.tenure().renew(asked_at + self.lease);
            Ok(())
        })
    }

    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
        let drive = self.drive.clone();
        Box::pin(self.call(async move { drive.sign_off(worker).await }))
    }

    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        Box::pin(async move {
            let (drive, asked_at) = (self.drive.clone(), Instant::now());
            let notices = self.call(async move { drive.heartbeat(beat).await }).await?;
            if !notices.expired {
                self.process.tenure().renew(asked_at + self.lease);
            }
            Ok(notices)
        })
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        let (store, drive) = (self.store.clone(), self.drive.clone());
        let (ledger, weather) = (self.ledger.clone(), self.weather.clone());
        let (clock, process) = (self.clock.clone(), self.process.clone());
        let late = exchange.claim.as_ref().and_then(|_| self.weather.delays_this_claim());
        Box::pin(self.send(late.map_or_else(|| self.fate(), Fate::Late), async move {
            let mut before = Vec::with_capacity(exchange.commits.len());
            for commit in &exchange.commits {
                before.push(store.job(commit.id.clone()).await?.map(|job| job.summary.state));
            }
            let mut answer = drive.exchange(exchange.clone()).await?;
            answer.next_due_at = answer.next_due_at.map(|at| translate(at, &clock, &process));
            ledger.exchanged(&exchange, &before, &answer);
            if !answer.claimed.is_empty() && weather.loses_this_claim() {
                return Err(lost(true));
            }
            Ok(answer)
        }))
    }

    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        let (drive, clock, process) = (self.drive.clone(), self.clock.clone(), self.process.clone());
        Box::pin(self.call(async move {
            let mut tended = drive.tend().await?;
            tended.next_due_at = tended.next_due_at.map(|at| translate(at, &clock, &process));
            tended.next_expiry_at = tended.next_expiry_at.map(|at| translate(at, &clock, &process));
            Ok(tended)
        }))
    }

    fn woken(&self) -> BoxFuture<'_, Wake> {
        Box::pin(async move {
            loop {
                let wake = self.drive.woken().await;
                let deaf = self.weather.is_silent() || self.line.is_silent();
                let deaf_percent = self.weather.deaf_percent() + self.line.deaf_percent();
                if !deaf && !self.dice.chance(deaf_percent) {
                    return wake;
                }
            }
        })
    }
}

impl Modules for Connection {
    fn deploy(&self, deploy: Deploy) -> BoxFuture<'_, Result<Deployed, StoreError>> {
        self.store.deploy(deploy)
    }

    fn pointers(&self) -> BoxFuture<'_, Result<Pointers, StoreError>> {
        let store = self.store.clone();
        Box::pin(self.call(async move { store.pointers().await }))
    }

    fn fetch(&self, module: ModuleHash) -> BoxFuture<'_, Result<Option<Bytes>, StoreError>> {
        let store = self.store.clone();
        Box::pin(self.call(async move { store.fetch(module).await }))
    }

    fn rollback(
        &self,
        kind: Kind,
        to: Option<ModuleHash>,
    ) -> BoxFuture<'_, Result<Option<ModuleHash>, StoreError>> {
        self.store.rollback(kind, to)
    }

    fn prune_modules(&self, keep: u32) -> BoxFuture<'_, Result<Pruned, StoreError>> {
        self.store.prune_modules(keep)
    }
}
