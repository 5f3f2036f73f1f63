//! Thousands of random runs, each from one seed. What they found, on purpose and in earnest, is in
//! `docs/ARCHITECTURE.md`; `sabotage` shows the part of it that can be shown for good.

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cofferdam_simulation::misfortune::{self, Run};
use cofferdam_simulation::on_virtual_time;

/// As many as run in well under a minute on two cores.
const SEEDS: u64 = 2_000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{name}` is `{text}`: write a number")))
}

/// What is wrong with the run that this seed says, if anything is.
fn objection(seed: u64, virtual_ms: &AtomicU64) -> Option<String> {
    let run = || on_virtual_time(misfortune::random_run(seed));
    let Ok(Run { violations, took, story }) = std::panic::catch_unwind(AssertUnwindSafe(run)) else {
        return Some("the run itself panicked, as said above".to_owned());
    };
    virtual_ms.fetch_add(took.as_millis() as u64, Ordering::Relaxed);
    let violations: Vec<String> = violations.iter().map(ToString::to_string).collect();
    (!violations.is_empty())
        .then(|| format!("{}\nwhat happened:\n  {}", violations.join("\n  "), story.join("\n  ")))
}

#[test]
fn any_seed_keeps_every_promise() {
    let seeds = match number("COFFERDAM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("COFFERDAM_SEEDS").unwrap_or(SEEDS),
    };
    let (next, virtual_ms, first) = (AtomicU64::new(seeds.start), AtomicU64::new(0), Mutex::new(None));
    // Each run has one thread; several runs go on side by side.
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    if let Some(objection) = objection(seed, &virtual_ms) {
                        next.store(seeds.end, Ordering::Relaxed);
                        let mut first = first.lock().expect("nobody panics with it");
                        if first.as_ref().is_none_or(|(known, _)| seed < *known) {
                            *first = Some((seed, objection));
                        }
                    }
                }
            });
        }
    });
    if let Some((seed, objection)) = first.into_inner().expect("nobody panics with it") {
        panic!(
            "seed {seed} breaks promises:\n  {objection}\nreplay it with\n  COFFERDAM_SEED={seed} cargo test --locked -p cofferdam-simulation --test simulation any_seed"
        );
    }
    let minutes = Duration::from_millis(virtual_ms.into_inner()).as_secs() / 60;
    println!("{} runs, {minutes} virtual minutes", seeds.end - seeds.start);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run =
        || -> Vec<String> { (0..12).flat_map(|seed| on_virtual_time(misfortune::trace(seed))).collect() };
    let first = run();
    assert!(first.len() > 200, "a run of {} commits says nothing", first.len());
    assert_eq!(first, run());
}
