//! A whole run from one seed: random jobs, workers that come and go, bad weather; then fair
//! weather until every job has come to its end.

use std::time::Duration;

use cofferdam_queue::{Clock, Enqueued, JobId, Kind, WorkerOrder};
use tokio::time::Instant;

use crate::guest::new_job;
use crate::kinds;
use crate::member::Member;
use crate::sabotage::Sabotage;
use crate::script::Script;
use crate::town::{Town, pass};
use crate::verdicts::{Checker, Violation};

/// What came of a run.
#[derive(Debug)]
pub struct Run {
    /// The broken promises.
    pub violations: Vec<Violation>,
    /// The virtual time that it took.
    pub took: Duration,
    /// What happened to the town, and when.
    pub story: Vec<String>,
}

/// What this seed says.
pub async fn random_run(seed: u64) -> Run {
    sabotaged_run(seed, None).await
}

/// The same with a store that is broken on purpose.
pub async fn sabotaged_run(seed: u64, sabotage: Option<Sabotage>) -> Run {
    let mut misfortune = Misfortune::new(seed, sabotage).await;
    let took = misfortune.run().await;
    Run { violations: misfortune.town.violations.found(), took, story: misfortune.story }
}

/// Every commit of the run that this seed says, and when it was applied.
pub async fn trace(seed: u64) -> Vec<String> {
    let mut misfortune = Misfortune::new(seed, None).await;
    let began = misfortune.began;
    misfortune.run().await;
    let applied = misfortune.town.ledger.applied();
    applied.iter().map(|one| format!("{:?} {:?}", one.at - began, one.commit)).collect()
}

struct Misfortune {
    town: Town,
    members: Vec<Member>,
    jobs: u64,
    /// The death of a process can be proven by those that live, as on one machine.
    provable: bool,
    began: Instant,
    story: Vec<String>,
}

impl Misfortune {
    async fn new(seed: u64, sabotage: Option<Sabotage>) -> Misfortune {
        let began = Instant::now();
        let mut town = Town::new(seed);
        town.sabotage = sabotage;
        town.deploy(1).await;
        town.weather.set(town.dice.within(0..25), *town.dice.one_of(&[0, 300, 5_000, 40_000]));
        town.weather.lose_wakes(*town.dice.one_of(&[0, 0, 10, 100]));
        town.weather.crash(*town.dice.one_of(&[0, 0, 3, 20]));
        let provable = town.dice.chance(35);
        if !provable {
            town.clocks_apart_ms = *town.dice.one_of(&[0, 600_000]);
        }
        Misfortune { town, members: Vec::new(), jobs: 0, provable, began, story: Vec::new() }
    }

    async fn run(&mut self) -> Duration {
        for _ in 0..self.town.dice.within(1..40) {
            self.push().await;
        }
        for _ in 0..self.town.dice.within(1..4) {
            let member = self.town.start();
            self.members.push(member);
        }
        for event in 0..self.town.dice.within(0..30) {
            let longest_us = *self.town.dice.one_of(&[5_000, 500_000, 8_000_000]);
            pass(Duration::from_micros(self.town.dice.within(0..longest_us))).await;
            self.something_happens(event).await;
            for place in 0..self.members.len() {
                if self.members[place].is_gone() {
                    self.replace(place);
                }
            }
        }
        self.tell("fair weather");
        self.town.weather.clear_up();
        // Who is stopped or cut off comes back in its time, which is often longer than its lease; who
        // was told to end does. A fresh one brings everything to its end.
        let fresh = self.town.start();
        self.town.finish().await;
        drop(fresh);
        self.began.elapsed()
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.story.push(format!("{:>12.6} s  {}", self.began.elapsed().as_secs_f64(), what.into()));
    }

    async fn push(&mut self) {
        let (dice, now) = (&self.town.dice, self.town.clock.now());
        let due_at = dice.chance(20).then(|| now + dice.within(0..20_000));
        let script = Script::drawn(dice, 2);
        let name = format!("j{}", self.jobs);
        self.jobs += 1;
        // Whoever pushes and hears nothing pushes again.
        let mut again = dice.chance(10).then(|| new_job(JobId::trusted(&name), &script));
        self.town.push_with(&name, script, |job| job.due_at = due_at).await;
        if let Some(job) = again.take() {
            let replies = self.town.store.enqueue(vec![job]).await.expect("the model enqueues");
            if !matches!(replies[..], [Enqueued::Exists(_)]) {
                self.town.violations.say(Checker::Ledger, format!("{name} was enqueued twice"));
            }
        }
    }

    fn replace(&mut self, place: usize) {
        if self.provable {
            for id in self.members[place].signed_on.ids() {
                self.town.prove_dead(&id);
            }
        }
        self.members[place] = self.town.start();
    }

    /// Ends this state after a while, whatever happens meanwhile.
    fn later(&self, longest_ms: u64, then: impl FnOnce() + Send + 'static) {
        let lasts = Duration::from_millis(self.town.dice.within(0..longest_ms));
        tokio::spawn(async move {
            pass(lasts).await;
            then();
        });
    }

    async fn something_happens(&mut self, event: u64) {
        let place = self.town.dice.within(0..self.members.len() as u64) as usize;
        let minutes_ms = self.town.dice.within(0..600_000) as i64 - 300_000;
        match self.town.dice.within(0..100) {
            0..18 => {
                self.tell(format!("worker {place} is killed"));
                self.members[place].process.kill();
                self.replace(place);
            }
            18..32 => {
                self.tell(format!("worker {place} is stopped for a while"));
                let process = self.members[place].process.clone();
                process.pause();
                self.later(40_000, move || process.resume());
            }
            32..42 => {
                self.tell(format!("worker {place} is told to end"));
                self.members[place].handle.stop();
            }
            42..46 => {
                self.tell(format!("worker {place} is told to end now"));
                self.members[place].handle.stop_now();
            }
            46..52 => {
                self.tell(format!("the store's clock jumps by {minutes_ms} ms"));
                self.town.clock.jump(minutes_ms);
            }
            52..56 => {
                self.tell(format!("the clock of worker {place} jumps by {minutes_ms} ms"));
                self.members[place].process.clock().jump(minutes_ms);
            }
            56..62 => {
                self.tell(format!("worker {place} is cut off for a while"));
                let line = self.members[place].line.clone();
                let silent = self.town.dice.chance(50);
                if silent {
                    line.fall_silent(true)
                } else {
                    line.refuse(true)
                }
                self.later(40_000, move || {
                    line.fall_silent(false);
                    line.refuse(false);
                });
            }
            62..67 => {
                self.tell("the store is gone for a while");
                let weather = self.town.weather.clone();
                weather.refuse(true);
                self.later(40_000, move || weather.refuse(false));
            }
            67..76 => self.cancel().await,
            76..86 => self.deploy(event).await,
            86..90 => {
                self.tell("a push");
                self.push().await;
            }
            90..95 => {
                self.tell(format!("worker {place} is quiet for a while"));
                let handle = self.members[place].handle.clone();
                handle.quiet();
                self.later(5_000, move || handle.unquiet());
            }
            _ => {
                self.tell("all are ordered to be quiet for a while");
                self.town.store.order(None, WorkerOrder::Quiet).await.expect("the model orders");
                pass(Duration::from_millis(self.town.dice.within(0..5_000))).await;
                self.town.store.order(None, WorkerOrder::Work).await.expect("the model orders");
            }
        }
    }

    async fn cancel(&mut self) {
        let id = JobId::trusted(&format!("j{}", self.town.dice.within(0..self.jobs)));
        self.tell(format!("{id} is cancelled"));
        self.town.ledger.cancelled(&id);
        self.town.store.cancel(vec![id]).await.expect("the model cancels");
    }

    async fn deploy(&mut self, event: u64) {
        let version = 2 + event as u32;
        let (store, dice) = (self.town.store.clone(), &self.town.dice);
        let kind = *dice.one_of(kinds::ALL);
        let what = match dice.within(0..4) {
            0 => {
                self.town.deploy(version).await;
                "everything is deployed anew".to_owned()
            }
            1 => {
                let reads = dice.within(1..3) as u32;
                store.deploy(kinds::deploy_reading(kind, version, reads)).await.expect("the model deploys");
                format!("`{kind}` is deployed anew, with checkpoints of version {reads}")
            }
            2 => {
                store.rollback(Kind::trusted(kind), None).await.expect("the model rolls back");
                format!("`{kind}` is rolled back")
            }
            _ => {
                store.prune_modules(1).await.expect("the model prunes");
                "old modules are pruned".to_owned()
            }
        };
        self.tell(what);
    }
}
