//! What fuzzing ever found, and its seeds, through the same functions: without libFuzzer.

use cofferdam_fuzz::{TARGETS, seeds};

#[test]
fn what_was_found_once_is_not_there_again() {
    for (name, target) in TARGETS {
        for (path, bytes) in seeds::regressions(name) {
            println!("{}", path.display());
            target(&bytes);
        }
    }
}

#[test]
fn every_target_takes_its_seeds_and_what_is_cut_off_them() {
    for (name, target) in TARGETS {
        let seeds = seeds::of(name);
        assert!(!seeds.is_empty(), "`{name}` has no seeds");
        target(b"");
        for seed in &seeds {
            println!("{name}: {}", seed.escape_ascii());
            target(seed);
            target(&seed[..seed.len() / 2]);
        }
    }
}
