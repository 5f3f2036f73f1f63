//! Hundreds of random runs, each from one seed.

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
