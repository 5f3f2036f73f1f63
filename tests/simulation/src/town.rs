//! Everything around the workers of a run: the store, the network, the clock, the ledger.

use std::sync::Arc;
use std::time::Duration;

use cofferdam_queue::{Drive, JobId, JobView, NewJob, QueueName, QueueOrder, State, Store, WorkerId};
use cofferdam_store::Retention;
use cofferdam_store::model::ModelStore;
use cofferdam_worker::{Ports, Worker, WorkerConfig};
use tokio::time::Instant;

use crate::checks;
use crate::dice::Dice;
use crate::faults::Connection;
use crate::guest::new_job;
use crate::kinds;
use crate::ledger::Ledger;
use crate::member::{Member, SignedOn};
use crate::process::{Process, VirtualWorld, WallClock};
use crate::sabotage::{Sabotage, Sabotaged, Spoils};
use crate::sandbox::{Gauge, Moods, Scripted};
use crate::script::Script;
use crate::verdicts::{Checker, Violations};
use crate::weather::Weather;

/// How long fair weather may take to bring every job to its end.
const PATIENCE: Duration = Duration::from_secs(3 * 3_600);

/// Everything around the workers.
pub struct Town {
    /// Decides what happens.
    pub dice: Dice,
    /// The wall clock of the store's machine.
    pub clock: Arc<WallClock>,
    /// How far the clocks of the workers' machines are from it at most, in milliseconds.
    pub clocks_apart_ms: u64,
    /// The account of the run.
    pub ledger: Arc<Ledger>,
    /// What is wrong.
    pub violations: Violations,
    /// How bad the network is.
    pub weather: Arc<Weather>,
    /// The store, without the network between.
    pub store: Arc<dyn Store>,
    model: ModelStore,
    /// The configuration of each worker; its `pid` counts.
    pub config: WorkerConfig,
    /// How the sandboxes behave.
    pub moods: Moods,
    /// What is broken on purpose in the store.
    pub sabotage: Option<Sabotage>,
    spoils: Arc<Spoils>,
}

impl Town {
    /// A town of which this seed decides everything.
    pub fn new(seed: u64) -> Town {
        let dice = Dice::new(seed);
        let clock = WallClock::new();
        let retention = Retention::default();
        let model = ModelStore::new(clock.clone(), retention);
        let violations = Violations::default();
        let mut config = WorkerConfig {
            concurrency: dice.within(1..9) as u32,
            budget_bytes: *dice.one_of(&[620, 700, 1_000, 4_000]) << 20,
            lease: Duration::from_secs(dice.within(2..16)),
            drain_timeout: Duration::from_secs(dice.within(1..26)),
            ..WorkerConfig::default()
        };
        if dice.chance(30) {
            let queue = |name| QueueName::trusted(name);
            config.queues = if dice.chance(50) {
                QueueOrder::Strict(vec![queue("default"), queue("other")])
            } else {
                QueueOrder::Weighted(vec![(queue("default"), 3), (queue("other"), 1)])
            };
        }
        Town {
            dice,
            clock: clock.clone(),
            clocks_apart_ms: 0,
            ledger: Arc::new(Ledger::new(violations.clone())),
            violations,
            weather: Arc::default(),
            store: Arc::new(model.clone()),
            model,
            config,
            moods: Moods::BAD,
            sabotage: None,
            spoils: Arc::default(),
        }
    }

    /// A town where nothing goes wrong by itself, with default workers and all kinds deployed.
    pub async fn calm() -> Town {
        let mut town = Town::new(0);
        town.config = WorkerConfig::default();
        town.moods = Moods::GOOD;
        town.deploy(1).await;
        town
    }

    /// Deploys every kind.
    pub async fn deploy(&self, version: u32) {
        for kind in [kinds::PLAIN, kinds::LADDER, kinds::BIG, kinds::FINISH, kinds::TOTAL, kinds::REFUSED] {
            self.store.deploy(kinds::deploy(kind, version)).await.expect("the model deploys");
        }
    }

    /// Pushes this script; its effects are expected from now on.
    pub async fn push(&self, name: &str, script: Script) {
        self.push_with(name, script, |_| ()).await;
    }

    /// The same, with more to say about the job.
    pub async fn push_with(&self, name: &str, script: Script, say: impl FnOnce(&mut NewJob)) {
        let id = JobId::trusted(name);
        let mut job = new_job(id.clone(), &script);
        say(&mut job);
        self.ledger.pushed(id, script);
        self.store.enqueue(vec![job]).await.expect("the model enqueues");
    }

    /// A pushed job.
    pub async fn job(&self, name: &str) -> JobView {
        let job = self.store.job(JobId::trusted(name)).await.expect("the model answers");
        job.unwrap_or_else(|| panic!("`{name}` was not pushed"))
    }

    /// Waits until this job is in this state, at most ten virtual minutes. Returns how long it took.
    pub async fn until(&self, name: &str, state: State) -> Duration {
        let began = Instant::now();
        while self.job(name).await.summary.state != state {
            let found = self.job(name).await.summary;
            assert!(began.elapsed() < Duration::from_secs(600), "`{name}` is not {state} but {found:?}");
            pass(Duration::from_micros(500)).await;
        }
        began.elapsed()
    }

    /// Waits until this job has made so many checkpoints durable.
    pub async fn until_checkpoint(&self, name: &str, count: u64) {
        let began = Instant::now();
        while self.job(name).await.checkpoint_count < count {
            assert!(
                began.elapsed() < Duration::from_secs(600),
                "`{name}` makes no {count} checkpoints durable"
            );
            pass(Duration::from_micros(500)).await;
        }
    }

    /// Starts a worker in a process of its own.
    pub fn start(&mut self) -> Member {
        self.config.pid += 1;
        let dice = self.dice.fork();
        let ahead_ms = dice.within(0..2 * self.clocks_apart_ms + 1) as i64 - self.clocks_apart_ms as i64;
        let clock = self.clock.beside(ahead_ms);
        let process = Process::new(clock, dice, self.violations.clone());
        let gauge = Gauge::new(self.config.budget_bytes, self.config.concurrency, self.violations.clone());
        let store = Arc::new(self.model.clone());
        let drive: Arc<dyn Drive> = match self.sabotage {
            None => store.clone(),
            Some(how) => Arc::new(Sabotaged { drive: store.clone(), how, spoils: self.spoils.clone() }),
        };
        let line = Arc::new(Weather::default());
        let connection = Arc::new(Connection {
            process: process.clone(),
            store,
            clock: self.clock.clone(),
            drive,
            ledger: self.ledger.clone(),
            weather: self.weather.clone(),
            line: line.clone(),
            lease: self.config.lease,
            dice: self.dice.fork(),
        });
        let signed_on = Arc::new(SignedOn::new(process.clone(), self.weather.clone()));
        let sandbox = Scripted {
            process: process.clone(),
            gauge: gauge.clone(),
            ledger: self.ledger.clone(),
            moods: self.moods,
        };
        let ports = Ports {
            drive: connection.clone(),
            modules: connection,
            sandbox: Arc::new(sandbox),
            world: Arc::new(VirtualWorld(process.clone())),
            observer: signed_on.clone(),
        };
        let (worker, handle) = Worker::new(self.config.clone(), ports);
        let (ended, done) = tokio::sync::watch::channel(None);
        process.run(async move {
            let summary = worker.run().await.expect("the model signs everybody on");
            ended.send_replace(Some(summary));
        });
        Member { process, handle, gauge, done, signed_on, line }
    }

    /// Everybody can see that this worker is dead.
    pub fn prove_dead(&self, worker: &WorkerId) {
        self.model.lose(worker);
    }

    /// Fair weather until nothing is left to do; then everything is judged.
    pub async fn finish(&self) {
        let deadline = Instant::now() + PATIENCE;
        // What is broken already may never end.
        while self.violations.is_empty() && checks::unfinished(self.store.as_ref()).await > 0 {
            if Instant::now() > deadline {
                self.violations
                    .say(Checker::Judge, format!("jobs have not come to their end after {PATIENCE:?}"));
                break;
            }
            pass(Duration::from_millis(500)).await;
        }
        checks::judge(self.store.as_ref(), &self.ledger, &self.violations).await;
    }
}

/// Virtual time goes by.
pub async fn pass(duration: Duration) {
    tokio::time::sleep_until(Instant::now() + duration).await;
}
