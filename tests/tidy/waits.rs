//! Tests wait for a condition, never for a time.

use crate::{Tree, none};

/// The one place that may sleep between two looks at a condition.
const WAIT: &str = "tests/servers/src/wait.rs";

#[test]
fn only_the_wait_for_a_condition_sleeps() {
    // In two pieces, so that this file does not find itself.
    let real = [concat!("thread::sl", "eep("), concat!("park_time", "out(")];
    let of_runtime = [concat!("time::sl", "eep("), concat!("sleep_un", "til(")];
    let sleeping = Tree::read().sources().flat_map(|file| {
        // Guests that sleep are what some tests are about; a benchmark has its own clock.
        let exempt =
            file.path == WAIT || file.path.starts_with("tests/guests/") || file.path.contains("/benches/");
        // There the runtime's time is virtual: it passes when nobody has anything to do.
        let is_virtual = file.path.starts_with("tests/simulation/");
        file.lines()
            .filter(move |line| {
                // A clock that a test makes up has such a function; it is calls that wait.
                let is_call =
                    |word: &str| line.code.contains(word) && !line.code.contains(&format!("fn {word}"));
                let sleeps = |words: &[&str]| words.iter().any(|word| is_call(word));
                !exempt && line.in_test && (sleeps(&real) || (!is_virtual && sleeps(&of_runtime)))
            })
            .map(move |line| file.at(&line))
    });
    none("wait for what the test is about, with `wait::until`:", sleeping.collect());
}
