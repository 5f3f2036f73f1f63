//! The checkers object: the store is broken on purpose, one promise at a time, and the same
//! random runs that a whole store passes show it within a few seeds.
//!
//! `cargo test --locked -p cofferdam-simulation --test simulation sabotage -- --nocapture` prints
//! after how many; the table is in `docs/ARCHITECTURE.md`.

use cofferdam_simulation::misfortune;
use cofferdam_simulation::on_virtual_time;
use cofferdam_simulation::sabotage::Sabotage;
use cofferdam_simulation::verdicts::Checker;

/// Runs seed after seed until a checker objects, and tells who it was and what it said.
fn objection(how: Sabotage, seeds_max: u64) -> (Checker, String) {
    for seed in 0..seeds_max {
        let run = on_virtual_time(misfortune::sabotaged_run(seed, Some(how)));
        if let Some(first) = run.violations.into_iter().next() {
            println!("{how:?}: after {} seeds, {first}", seed + 1);
            return (first.by, first.what);
        }
    }
    panic!("{how:?}: nobody objects within {seeds_max} seeds");
}

#[test]
fn a_store_without_a_fence_is_found_out_by_the_ledger() {
    let (checker, what) = objection(Sabotage::Fence, 2_000);
    assert_eq!(checker, Checker::Ledger);
    assert!(what.contains("under a token that is not the newest"), "{what}");
}

#[test]
fn a_store_that_applies_a_repetition_again_is_found_out_by_the_ledger() {
    let (checker, what) = objection(Sabotage::Sequence, 50);
    assert_eq!(checker, Checker::Ledger);
    assert!(what.contains("was applied twice"), "{what}");
}

#[test]
fn effects_that_are_durable_before_the_state_that_knows_of_them_are_found_out_by_the_ledger() {
    let (checker, what) = objection(Sabotage::EffectsBeforeState, 50);
    assert_eq!(checker, Checker::Ledger);
    assert!(what.contains("goes on from") && what.contains("is durable"), "{what}");
}

#[test]
fn a_state_that_is_durable_before_its_effects_is_found_out_by_the_judge() {
    let (checker, what) = objection(Sabotage::StateBeforeEffects, 50);
    assert_eq!(checker, Checker::Judge);
    assert!(what.contains("were enqueued") || what.contains("belong into it"), "{what}");
}

#[test]
fn an_end_that_overtakes_a_checkpoint_is_found_out_by_the_ledger() {
    let (checker, what) = objection(Sabotage::EndBeforeCheckpoint, 50);
    assert_eq!(checker, Checker::Ledger);
    assert!(what.contains("goes on from") && what.contains("is durable"), "{what}");
}
