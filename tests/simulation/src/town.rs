//! A run: workers that come and go around one store, bad weather, then fair weather until
//! every job has come to its end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cofferdam_queue::{Clock, JobId, QueueName, QueueOrder, Store, WorkerId, WorkerOrder};
use cofferdam_store::Retention;
use cofferdam_store::model::ModelStore;
use cofferdam_worker::{Observer, Ports, Worker, WorkerConfig, WorkerHandle};
use tokio::time::Instant;

use crate::checks;
use crate::dice::Dice;
use crate::faults::{Connection, Weather};
use crate::guest::new_job;
use crate::kinds;
use crate::ledger::Ledger;
use crate::process::{Process, VirtualWorld, WallClock};
use crate::sandbox::{Gauge, Scripted};
use crate::script::Script;
use crate::verdicts::Violations;

/// How long fair weather may take to bring every job to its end.
const PATIENCE: Duration = Duration::from_secs(3 * 3_600);

/// One worker process and the hand on it.
pub struct Member {
    /// The process.
    pub process: Arc<Process>,
    /// Its worker.
    pub handle: WorkerHandle,
    /// What runs in it.
    pub gauge: Arc<Gauge>,
    /// The virtual end of its worker, if it has come.
    pub done: tokio::sync::watch::Receiver<bool>,
    /// Under which ids it signed on.
    pub signed_on: Arc<SignedOn>,
}

/// The ids of a worker, newest last.
#[derive(Default)]
pub struct SignedOn(Mutex<Vec<WorkerId>>);

impl Observer for SignedOn {
    fn signed_on(&self, worker: &WorkerId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(worker.clone());
    }
}

impl SignedOn {
    /// All of them.
    pub fn ids(&self) -> Vec<WorkerId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Everything around the workers.
pub struct Town {
    /// Decides what happens.
    pub dice: Dice,
    /// The wall clock of all machines.
    pub clock: Arc<WallClock>,
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
            ledger: Arc::new(Ledger::new(violations.clone())),
            violations,
            weather: Arc::default(),
            store: Arc::new(model.clone()),
            model,
            config,
        }
    }

    /// Deploys every kind.
    pub async fn deploy(&self, version: u32) {
        for kind in [kinds::PLAIN, kinds::LADDER, kinds::BIG, kinds::FINISH, kinds::TOTAL, kinds::REFUSED] {
            self.store.deploy(kinds::deploy(kind, version)).await.expect("the model deploys");
        }
    }

    /// Pushes this script; its effects are expected from now on.
    pub async fn push(&self, name: &str, script: Script, due_in_ms: Option<u64>) {
        let id = JobId::trusted(name);
        let mut job = new_job(id.clone(), &script);
        job.due_at = due_in_ms.map(|ms| self.clock.now() + ms);
        self.ledger.pushed(id, script);
        self.store.enqueue(vec![job]).await.expect("the model enqueues");
    }

    /// Starts a worker in a process of its own.
    pub fn start(&mut self) -> Member {
        self.config.pid += 1;
        let process = Process::new(self.clock.clone(), self.dice.fork());
        let gauge = Gauge::new(self.config.budget_bytes, self.config.concurrency, self.violations.clone());
        let connection = Arc::new(Connection {
            store: Arc::new(self.model.clone()),
            ledger: self.ledger.clone(),
            weather: self.weather.clone(),
            dice: self.dice.fork(),
        });
        let signed_on = Arc::new(SignedOn::default());
        let sandbox = Scripted { process: process.clone(), gauge: gauge.clone(), load_faults_percent: 2 };
        let ports = Ports {
            drive: connection.clone(),
            modules: connection,
            sandbox: Arc::new(sandbox),
            world: Arc::new(VirtualWorld(process.clone())),
            observer: signed_on.clone(),
        };
        let (worker, handle) = Worker::new(self.config.clone(), ports);
        let (ended, done) = tokio::sync::watch::channel(false);
        process.run(async move {
            worker.run().await.expect("the model signs everybody on");
            ended.send_replace(true);
        });
        Member { process, handle, gauge, done, signed_on }
    }

    /// Everybody can see that this worker is dead.
    pub fn prove_dead(&self, worker: &WorkerId) {
        self.model.lose(worker);
    }

    /// Fair weather until nothing is left to do; then everything is judged.
    pub async fn finish(&self) {
        let deadline = Instant::now() + PATIENCE;
        while checks::unfinished(self.store.as_ref()).await > 0 {
            if Instant::now() > deadline {
                self.violations.say(format!("jobs have not come to their end after {PATIENCE:?}"));
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

/// A whole run of random jobs and misfortunes.
pub async fn random_run(seed: u64) -> (Vec<String>, u64) {
    let mut town = Town::new(seed);
    town.deploy(1).await;
    town.weather.set(town.dice.within(0..25), *town.dice.one_of(&[0, 300, 5_000, 40_000]));
    let jobs = town.dice.within(1..40);
    for number in 0..jobs {
        let due_in_ms = town.dice.chance(20).then(|| town.dice.within(0..20_000));
        let script = Script::drawn(&town.dice, 2);
        town.push(&format!("j{number}"), script, due_in_ms).await;
    }
    let mut members: Vec<Member> = (0..town.dice.within(1..4)).map(|_| town.start()).collect();
    for event in 0..town.dice.within(0..30) {
        pass(Duration::from_micros(town.dice.within(0..*town.dice.one_of(&[5_000, 500_000, 8_000_000]))))
            .await;
        let place = town.dice.within(0..members.len() as u64) as usize;
        match town.dice.within(0..100) {
            0..25 => {
                members[place].process.kill();
                if town.dice.chance(50) {
                    // On one machine, its death can be proven.
                    members[place].signed_on.ids().iter().for_each(|id| town.prove_dead(id));
                }
                members[place] = town.start();
            }
            25..40 => {
                members[place].process.pause();
                pass(Duration::from_millis(town.dice.within(0..40_000))).await;
                members[place].process.resume();
            }
            40..55 => members[place].handle.stop(),
            55..60 => members[place].handle.stop_now(),
            60..70 => {
                let jump_ms = town.dice.within(0..60_000) as i64 - 30_000;
                town.clock.jump(jump_ms);
            }
            70..80 => {
                let id = JobId::trusted(&format!("j{}", town.dice.within(0..jobs)));
                town.ledger.cancelled(&id);
                town.store.cancel(vec![id]).await.expect("the model cancels");
            }
            80..85 => town.deploy(2 + event as u32).await,
            85..90 => {
                members[place].handle.quiet();
                pass(Duration::from_millis(town.dice.within(0..5_000))).await;
                members[place].handle.unquiet();
            }
            _ => {
                town.store.order(None, WorkerOrder::Quiet).await.expect("the model orders");
                pass(Duration::from_millis(town.dice.within(0..5_000))).await;
                town.store.order(None, WorkerOrder::Work).await.expect("the model orders");
            }
        }
        for member in &mut members {
            if *member.done.borrow() {
                *member = town.start();
            }
        }
    }
    town.weather.set(0, 0);
    // Whoever was told to stop does; fresh ones bring everything to its end.
    let fresh = town.start();
    town.finish().await;
    drop(fresh);
    (town.violations.all(), town.clock.now().0 - 1_800_000_000_000)
}
