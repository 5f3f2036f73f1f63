//! Hundreds of random runs, each from one seed.
//!
//! Broken on purpose, and found:
//!
//! | what was broken | found by | at seed |
//! | --- | --- | --- |
//! | model: the token is not compared | ledger, "applied under a token that is not the newest" | 77 |
//! | model: the number of a commit is not compared | ledger, "applied twice" | 4 |
//! | worker: a repeated commit gets a new number | checks, a job that never ends | 0 |
//! | worker: an unanswered commit is not repeated | checks, a job that never ends | 5 |
//! | worker: effects go without their state | ledger, "performs the effects" | 0 |
//! | worker: an abnormal end leaves out the newest state | ledger, "the guest had handed over" | 0 |
//! | worker: memory is not counted at the claim nor at the start | gauge | 0 |
//! | worker: slots are not counted at the start | gauge | 1 |
//! | worker: guests of a lost lease are not counted | gauge | 2 |
//!
//! And found in earnest: a job whose end and next claim shared one lost answer stayed leased
//! to a worker that did not know of it. Chance finds that too rarely; `leases` has the scene.

use std::time::Duration;

use cofferdam_simulation::{misfortune, on_virtual_time};

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{name}` is `{text}`: write a number")))
}

#[test]
fn any_seed_keeps_every_promise() {
    let seeds = match number("COFFERDAM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("COFFERDAM_SEEDS").unwrap_or(250),
    };
    let mut virtual_time = Duration::ZERO;
    for seed in seeds.clone() {
        let (violations, took) = on_virtual_time(misfortune::random_run(seed));
        virtual_time += took;
        assert!(
            violations.is_empty(),
            "seed {seed} breaks promises:\n  {}\nreplay it with\n  COFFERDAM_SEED={seed} cargo test -p cofferdam-simulation any_seed",
            violations.join("\n  ")
        );
    }
    println!("{} runs, {} virtual minutes", seeds.end - seeds.start, virtual_time.as_secs() / 60);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run =
        || -> Vec<String> { (0..12).flat_map(|seed| on_virtual_time(misfortune::trace(seed))).collect() };
    let first = run();
    assert!(first.len() > 200, "a run of {} commits says nothing", first.len());
    assert_eq!(first, run());
}
