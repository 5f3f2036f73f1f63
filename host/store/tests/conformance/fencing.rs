//! The fence: two workers, a network that keeps calls back and delivers them late and in another
//! order, leases that run out, workers that come back, and commits that are repeated.
//!
//! The real server and the model are told the same and must answer the same; a ledger apart from
//! both knows what the answers must be worth. Seeds are fixed: a failure prints the smallest
//! run that fails, and `STORE_SEED=N` draws the same again. `STORE_SEEDS=N` runs that many.

mod hand;
mod ledger;
mod steps;

use std::sync::Arc;

use cofferdam_queue::*;
use cofferdam_store::model::ModelStore;
use cofferdam_store::redis::RedisStore;
use cofferdam_store::{ManualClock, Retention};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use self::hand::{Hand, KIND};
use self::ledger::Ledger;
use self::steps::{Fate, Step, steps};
use crate::ground::{LEASE_MS, START, facts, job, redis_config, redis_server, small};
use crate::twins::{Seen, differ};

const SEEDS: u64 = 4;
const RUNS_PER_SEED: u32 = 40;
/// So often everything there is to see is compared.
const STEPS_BETWEEN_LOOKS: usize = 25;
/// The most jobs that are pushed, children not counted.
const JOBS_MAX: usize = 5;
/// So often the survivor asks, at the end; each job needs a few turns at most.
const CALM_TURNS: usize = 60;

type Checked<T = ()> = Result<T, String>;

#[derive(Clone)]
enum Call {
    Exchange(Exchange),
    Beat(Heartbeat),
}

/// Two stores, two workers, and the network between them.
struct Scene {
    clock: Arc<ManualClock>,
    model: ModelStore,
    redis: Box<dyn Fn() -> Arc<dyn Store>>,
    hands: Vec<Hand>,
    held_back: Vec<(usize, Call)>,
    ledger: Ledger,
    deploys: u64,
}

/// The same on both; the answers are alike.
async fn both<T: std::fmt::Debug>(
    what: &str,
    stores: &[Arc<dyn Store>; 2],
    call: impl AsyncFn(Arc<dyn Store>) -> T,
) -> Checked<T> {
    let [model, other] = stores;
    let (said, other_said) = (call(model.clone()).await, call(other.clone()).await);
    match differ(what, &said, &other_said, other.name()) {
        None => Ok(said),
        Some(difference) => Err(difference),
    }
}

impl Scene {
    async fn new() -> Checked<Scene> {
        let clock = Arc::new(ManualClock::at(START));
        // Nothing is forgotten, so that whatever was applied is known to be.
        let retention = Retention::default();
        let server = redis_server();
        let config = redis_config(&server.url(), clock.clone(), retention);
        let redis = move || -> Arc<dyn Store> {
            let _kept = &server;
            Arc::new(RedisStore::new(config.clone()))
        };
        let mut scene = Scene {
            model: ModelStore::new(clock.clone(), retention),
            clock,
            redis: Box::new(redis),
            hands: Vec::new(),
            held_back: Vec::new(),
            ledger: Ledger::default(),
            deploys: 0,
        };
        for name in ["a", "b"] {
            scene.start(name).await?;
        }
        let stores = scene.stores();
        both("deploy", &stores, async |store| store.deploy(small(KIND, 1, 1)).await.unwrap().clone()).await?;
        scene.deploys =
            both("pointers", &stores, async |store| store.pointers().await.unwrap()).await?.deploys;
        Ok(scene)
    }

    fn stores(&self) -> [Arc<dyn Store>; 2] {
        self.hands[0].stores.clone()
    }

    /// A worker of a process of its own.
    async fn start(&mut self, name: &str) -> Checked {
        let hand = Hand::new(name, [Arc::new(self.model.clone()), (self.redis)()]);
        self.hands.push(hand);
        self.sign_on(self.hands.len() - 1).await
    }

    async fn sign_on(&self, worker: usize) -> Checked {
        let hand = &self.hands[worker];
        let facts = facts(&hand.id());
        both("sign on", &hand.stores, async |store| store.sign_on(facts.clone()).await.unwrap()).await
    }

    async fn happens(&mut self, step: &Step) -> Checked {
        match step {
            Step::Push => self.push().await,
            Step::Write { worker, attempt, writes } => {
                self.hands[*worker].write(*attempt, *writes);
                Ok(())
            }
            Step::Exchange { worker, jobs_max, fate } => {
                let exchange = self.hands[*worker].exchange(*jobs_max, self.deploys);
                self.send(*worker, Call::Exchange(exchange), *fate).await
            }
            Step::Beat { worker, fate } => {
                let beat = self.hands[*worker].beat();
                self.send(*worker, Call::Beat(beat), *fate).await
            }
            Step::Arrive { call, again } if !self.held_back.is_empty() => {
                let place = call % self.held_back.len();
                let (worker, call) = match again {
                    true => self.held_back[place].clone(),
                    false => self.held_back.remove(place),
                };
                self.arrive(worker, &call).await.map(|_| ())
            }
            Step::Arrive { .. } => Ok(()),
            Step::ComeBack { worker } => self.come_back(*worker).await,
            Step::Pass { ms } => {
                self.clock.advance(*ms);
                Ok(())
            }
            Step::Tend => self.tend().await,
        }
    }

    async fn push(&mut self) -> Checked {
        let id = format!("j{}", self.ledger.jobs() % JOBS_MAX);
        self.ledger.pushed(&JobId::trusted(&id));
        let jobs = vec![job(&id, KIND)];
        both("push", &self.stores(), async |store| store.enqueue(jobs.clone()).await.unwrap()).await?;
        Ok(())
    }

    async fn tend(&mut self) -> Checked {
        let tended = both("tend", &self.stores(), async |store| store.tend().await.unwrap()).await?;
        tended.lost.iter().for_each(|worker| self.ledger.lost(worker));
        Ok(())
    }

    async fn come_back(&mut self, worker: usize) -> Checked {
        self.hands[worker].lose_lease();
        self.sign_on(worker).await
    }

    async fn send(&mut self, worker: usize, call: Call, fate: Fate) -> Checked {
        let is_exchange = matches!(call, Call::Exchange(_));
        if fate == Fate::HeldBack {
            self.held_back.push((worker, call));
        } else {
            let (answer, expired) = self.arrive(worker, &call).await?;
            if fate == Fate::Answered {
                if let Some(answer) = answer {
                    self.hands[worker].answered(&answer);
                }
                return if expired { self.come_back(worker).await } else { Ok(()) };
            }
        }
        if is_exchange {
            self.hands[worker].missed();
        }
        Ok(())
    }

    /// A call reaches the stores. Returns its answer, and whether its sender's lease was over.
    async fn arrive(&mut self, worker: usize, call: &Call) -> Checked<(Option<Exchanged>, bool)> {
        let stores = &self.hands[worker].stores;
        match call {
            Call::Exchange(exchange) => {
                let call = async |store: Arc<dyn Store>| store.exchange(exchange.clone()).await.unwrap();
                let answer = both("exchange", stores, call).await?;
                self.ledger.exchanged(exchange, &answer)?;
                let expired = answer.expired;
                Ok((Some(answer), expired))
            }
            Call::Beat(beat) => {
                let call = async |store: Arc<dyn Store>| store.heartbeat(beat.clone()).await.unwrap();
                let notices = both("heartbeat", stores, call).await?;
                if notices.expired {
                    self.ledger.lost(&beat.worker);
                }
                Ok((None, notices.expired))
            }
        }
    }

    /// Everything there is to see is the same.
    async fn look(&self) -> Checked<Seen> {
        let [model, redis] = self.stores();
        let seen = Seen::of(model.as_ref()).await;
        match seen.differs_from(&Seen::of(redis.as_ref()).await, redis.name()) {
            None => Ok(seen),
            Some(difference) => Err(difference),
        }
    }

    /// The network lets go of everything, both workers are gone, and a third one does what is left.
    async fn calm(&mut self) -> Checked {
        for (worker, call) in std::mem::take(&mut self.held_back) {
            self.arrive(worker, &call).await?;
        }
        self.clock.advance(2 * LEASE_MS);
        self.start("c").await?;
        let survivor = self.hands.len() - 1;
        for _ in 0..CALM_TURNS {
            self.clock.advance(LEASE_MS / 4);
            self.tend().await?;
            let exchange = self.hands[survivor].exchange(10, self.deploys);
            self.send(survivor, Call::Exchange(exchange), Fate::Answered).await?;
            self.hands[survivor].complete_all();
            let counts = self.stores()[0].counts().await.unwrap();
            if counts.iter().all(|(state, count)| state.is_final() || *count == 0) {
                break;
            }
        }
        let seen = self.look().await?;
        self.ledger.check_house(self.stores()[1].as_ref(), &seen.jobs).await
    }
}

async fn run(steps: &[Step]) -> Checked {
    let mut scene = Scene::new().await?;
    for (place, step) in steps.iter().enumerate() {
        scene.happens(step).await.map_err(|error| format!("in step {place}, {step:?}: {error}"))?;
        if (place + 1).is_multiple_of(STEPS_BETWEEN_LOOKS) {
            scene.look().await.map_err(|error| format!("after step {place}: {error}"))?;
        }
    }
    scene.calm().await
}

#[test]
fn late_and_repeated_calls_of_two_workers_write_nothing_twice_and_nothing_old() {
    let from_environment = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let seeds = match from_environment("STORE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..from_environment("STORE_SEEDS").unwrap_or(SEEDS),
    };
    // It lives as long as all runs, so that each finds it running.
    let _server = redis_server();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for seed in seeds {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config { cases: RUNS_PER_SEED, failure_persistence: None, ..Config::default() };
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(config, random);
        let found = runner.run(&steps(), |steps| runtime.block_on(run(&steps)).map_err(TestCaseError::fail));
        match found {
            Ok(()) => {}
            Err(TestError::Fail(why, steps)) => {
                panic!(
                    "{why}\nthe smallest run: {steps:#?}\nseed {seed}: run it again with STORE_SEED={seed}"
                )
            }
            Err(TestError::Abort(why)) => panic!("seed {seed}: {why}"),
        }
    }
}
