//! A store as a bad network shows it: delays, calls that never arrive, answers that are
//! lost after the call was applied. Every applied exchange is written into the ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cofferdam_queue::{
    BoxFuture, Deploy, Deployed, Drive, Exchange, Exchanged, Heartbeat, Kind, ModuleHash, Modules, Notices,
    Pointers, Pruned, Store, StoreError, Tended, Wake, WorkerFacts, WorkerId,
};
use tokio::time::Instant;

use crate::dice::Dice;
use crate::ledger::Ledger;

/// How bad it is at the moment; shared by all connections of a run.
#[derive(Debug, Default)]
pub struct Weather {
    faults_percent: AtomicU64,
    delay_us: AtomicU64,
    steady_us: AtomicU64,
    silent: AtomicBool,
    losing: AtomicU64,
}

impl Weather {
    /// Of a hundred calls, so many fail; each takes up to so long.
    pub fn set(&self, faults_percent: u64, delay_us: u64) {
        self.faults_percent.store(faults_percent, Ordering::Relaxed);
        self.delay_us.store(delay_us, Ordering::Relaxed);
    }

    /// Every call takes exactly so long to arrive, and its answer as long again.
    pub fn slow_down(&self, steady_us: u64) {
        self.steady_us.store(steady_us, Ordering::Relaxed);
    }

    /// Calls that are made from now on are never answered, and do nothing.
    pub fn fall_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    /// The answers of the next so many exchanges that give jobs out are lost.
    pub fn lose_claims(&self, exchanges: u64) {
        self.losing.store(exchanges, Ordering::Relaxed);
    }
}

/// One process's connection.
pub struct Connection {
    /// The store behind it.
    pub store: Arc<dyn Store>,
    /// The account of what was applied.
    pub ledger: Arc<Ledger>,
    /// How bad it is.
    pub weather: Arc<Weather>,
    /// What happens when.
    pub dice: Dice,
}

enum Fate {
    Arrives,
    NeverSent,
    AnswerLost,
}

impl Connection {
    async fn on_the_way(&self) {
        let steady_us = self.weather.steady_us.load(Ordering::Relaxed);
        if steady_us > 0 {
            tokio::time::sleep_until(Instant::now() + Duration::from_micros(steady_us)).await;
        }
        let delay_us = self.weather.delay_us.load(Ordering::Relaxed);
        if delay_us > 0 && self.dice.chance(70) {
            // Mostly short, sometimes as long as a lease.
            let longest_us = if self.dice.chance(3) { delay_us * 1_000 } else { delay_us };
            let delay = Duration::from_micros(self.dice.within(0..longest_us));
            tokio::time::sleep_until(Instant::now() + delay).await;
        }
    }

    fn fate(&self) -> Fate {
        if !self.dice.chance(self.weather.faults_percent.load(Ordering::Relaxed)) {
            Fate::Arrives
        } else if self.dice.chance(50) {
            Fate::NeverSent
        } else {
            Fate::AnswerLost
        }
    }

    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let fate = self.fate();
        if self.weather.silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        self.on_the_way().await;
        if let Fate::NeverSent = fate {
            // A caller often cannot tell which of the two it was.
            return Err(lost(self.dice.chance(50)));
        }
        let answer = call.await;
        self.on_the_way().await;
        if let Fate::AnswerLost = fate { Err(lost(true)) } else { answer }
    }
}

fn lost(maybe_applied: bool) -> StoreError {
    StoreError::Unavailable { message: "the connection broke".to_owned(), maybe_applied }
}

impl Drive for Connection {
    fn sign_on(&self, facts: WorkerFacts) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.call(self.store.sign_on(facts)))
    }

    fn sign_off(&self, worker: WorkerId) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.call(self.store.sign_off(worker)))
    }

    fn heartbeat(&self, beat: Heartbeat) -> BoxFuture<'_, Result<Notices, StoreError>> {
        Box::pin(self.call(self.store.heartbeat(beat)))
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Exchanged, StoreError>> {
        Box::pin(self.call(async move {
            let mut before = Vec::with_capacity(exchange.commits.len());
            for commit in &exchange.commits {
                before.push(self.store.job(commit.id.clone()).await?.map(|job| job.summary.state));
            }
            let answer = self.store.exchange(exchange.clone()).await?;
            self.ledger.exchanged(&exchange, &before, &answer);
            let losing = &self.weather.losing;
            if !answer.claimed.is_empty() && losing.load(Ordering::Relaxed) > 0 {
                losing.fetch_sub(1, Ordering::Relaxed);
                return Err(lost(true));
            }
            Ok(answer)
        }))
    }

    fn tend(&self) -> BoxFuture<'_, Result<Tended, StoreError>> {
        Box::pin(self.call(self.store.tend()))
    }

    fn woken(&self) -> BoxFuture<'_, Wake> {
        self.store.woken()
    }
}

impl Modules for Connection {
    fn deploy(&self, deploy: Deploy) -> BoxFuture<'_, Result<Deployed, StoreError>> {
        self.store.deploy(deploy)
    }

    fn pointers(&self) -> BoxFuture<'_, Result<Pointers, StoreError>> {
        Box::pin(self.call(self.store.pointers()))
    }

    fn fetch(&self, module: ModuleHash) -> BoxFuture<'_, Result<Option<Bytes>, StoreError>> {
        Box::pin(self.call(self.store.fetch(module)))
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
