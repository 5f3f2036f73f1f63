//! Tests wait for a condition, never for a time.

use crate::{Tree, none};

/// The one place that may sleep between two looks at a condition.
const WAIT: &str = "tests/src/wait.rs";

#[test]
fn only_the_wait_for_a_condition_sleeps() {
    // In two pieces, so that this file does not find itself.
    let sleeps = [
        concat!("thread::sl", "eep("),
        concat!("time::sl", "eep("),
        concat!("sleep_un", "til("),
        concat!("park_time", "out("),
    ];
    let sleeping = Tree::read().sources().flat_map(|file| {
        // Guests that sleep are what some tests are about.
        let exempt = file.path == WAIT || file.path.starts_with("tests/guests/");
        file.lines()
            .filter(move |line| {
                !exempt && line.in_test && sleeps.iter().any(|sleep| line.code.contains(sleep))
            })
            .map(move |line| file.at(&line))
    });
    none("wait for what the test is about, with `wait::until`:", sleeping.collect());
}
