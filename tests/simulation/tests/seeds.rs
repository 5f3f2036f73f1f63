//! Hundreds of random runs, each from one seed.

use cofferdam_simulation::{on_virtual_time, town};

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{name}` is `{text}`: write a number")))
}

#[test]
fn any_seed_keeps_every_promise() {
    let seeds = match number("COFFERDAM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("COFFERDAM_SEEDS").unwrap_or(300),
    };
    let mut virtual_ms = 0;
    for seed in seeds.clone() {
        let (violations, took_ms) = on_virtual_time(town::random_run(seed));
        virtual_ms += took_ms;
        assert!(
            violations.is_empty(),
            "seed {seed} breaks promises:\n  {}\nreplay it with\n  COFFERDAM_SEED={seed} cargo test -p cofferdam-simulation --test seeds",
            violations.join("\n  ")
        );
    }
    println!("{} runs, {} virtual minutes", seeds.end - seeds.start, virtual_ms / 60_000);
}
