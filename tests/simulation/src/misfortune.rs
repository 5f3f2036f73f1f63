//! A whole run from one seed: random jobs, workers that come and go, bad weather; then fair
//! weather until every job has come to its end.

use std::time::Duration;

use cofferdam_queue::{Clock, JobId, WorkerOrder};
use tokio::time::Instant;

use crate::member::Member;
use crate::script::Script;
use crate::town::{Town, pass};

/// What this seed says. Returns the broken promises, and the virtual time that it took.
pub async fn random_run(seed: u64) -> (Vec<String>, Duration) {
    let (town, took) = run(seed).await;
    (town.violations.all(), took)
}

/// Every commit of the run that this seed says, and when it was applied.
pub async fn trace(seed: u64) -> Vec<String> {
    let began = Instant::now();
    let (town, _) = run(seed).await;
    let applied = town.ledger.applied();
    applied.iter().map(|one| format!("{:?} {:?}", one.at - began, one.commit)).collect()
}

async fn run(seed: u64) -> (Town, Duration) {
    let began = Instant::now();
    let mut town = Town::new(seed);
    town.deploy(1).await;
    town.weather.set(town.dice.within(0..25), *town.dice.one_of(&[0, 300, 5_000, 40_000]));
    let jobs = town.dice.within(1..40);
    for number in 0..jobs {
        let due_at = town.dice.chance(20).then(|| town.clock.now() + town.dice.within(0..20_000));
        let script = Script::drawn(&town.dice, 2);
        town.push_with(&format!("j{number}"), script, |job| job.due_at = due_at).await;
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
            if member.done.borrow().is_some() {
                *member = town.start();
            }
        }
    }
    town.weather.set(0, 0);
    // Whoever was told to stop does; fresh ones bring everything to its end.
    let fresh = town.start();
    town.finish().await;
    drop(fresh);
    (town, began.elapsed())
}
