//! Guests that never end by themselves, whatever they do meanwhile.

use cofferdam_tests::Look;

use crate::see;

/// The timeout of those that are stopped by it.
const TIMEOUT: [&str; 2] = ["--timeout", "300ms"];
const TIMEOUT_MS: u64 = 300;

#[test]
fn spins() {
    let seen = see("spins", &["--fuel", "50M"]).ended("fuel_limit", 152).at("fuel.cap", 50_000_000);
    assert_eq!(seen.report.number("fuel.used"), 50_000_000);
    let stopped =
        see("spins", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS).message(&["300ms"]);
    assert!(stopped.report.number("fuel.used") > 0);
}

#[test]
fn sleeps() {
    see("sleeps", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
}

#[test]
fn sleeps_plainly() {
    see("sleeps_plainly", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
}

#[test]
fn calls_the_host_for_ever() {
    see("calls_the_host_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    see("calls_the_host_for_ever", &["--fuel", "5M"]).ended("fuel_limit", 152);
}

#[test]
fn reads_the_clock_for_ever() {
    see("reads_the_clock_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    see("reads_the_clock_for_ever", &["--fuel", "5M"]).ended("fuel_limit", 152);
}

#[test]
fn checkpoints_for_ever() {
    let seen = see("checkpoints_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    assert!(seen.report.number("checkpoint.count") > 100);
    see("checkpoints_for_ever", &["--fuel", "5M"]).ended("fuel_limit", 152);
}

#[test]
fn logs_for_ever() {
    see("logs_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    see("logs_for_ever", &["--fuel", "50M"]).ended("fuel_limit", 152);
}

#[test]
fn prints_for_ever() {
    let seen = see("prints_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    let kept = seen.report.text("stdout");
    assert!(kept.starts_with("yyy") && kept.contains("left out"), "head and tail, and what is missing");
    see("prints_for_ever", &["--fuel", "50M"]).ended("fuel_limit", 152);
}

#[test]
fn fills_memory_for_ever() {
    // One operation over 64 MiB may still be under way when the deadline comes.
    see("fills_memory_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    // Bytes cost fuel: three fills of 64 MiB are over this.
    see("fills_memory_for_ever", &["--fuel", "200M"]).ended("fuel_limit", 152);
}

#[test]
fn spins_at_its_start() {
    see("spins_at_its_start", &["--fuel", "5M"]).ended("fuel_limit", 152);
    see("spins_at_its_start", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
}

#[test]
fn asks_for_much_randomness() {
    let seen = see("asks_for_much_randomness", &TIMEOUT);
    let outcome = seen.report.text("outcome").to_owned();
    assert!(["time_limit", "trapped", "memory_limit"].contains(&outcome.as_str()), "{outcome}");
    see("asks_for_much_randomness", &["--fuel", "50M"]);
}

#[test]
fn waits_for_many_things() {
    // However it is answered (an error, a trap, a wait), it holds no more than its allowance
    // (checked for every report) and ends in time.
    let seen = see("waits_for_many_things", &TIMEOUT);
    assert!(seen.report.number("wall_ms") < 5_000);
    assert_ne!(seen.report.text("outcome"), "host_error");
}

#[test]
fn copies_memory_for_ever() {
    see("copies_memory_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    see("copies_memory_for_ever", &["--fuel", "50M"]).ended("fuel_limit", 152);
}

#[test]
fn initializes_for_ever() {
    see("initializes_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    see("initializes_for_ever", &["--fuel", "5M"]).ended("fuel_limit", 152);
}

#[test]
fn initializes_its_table_for_ever() {
    see("initializes_its_table_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    see("initializes_its_table_for_ever", &["--fuel", "5M"]).ended("fuel_limit", 152);
}

#[test]
fn fills_its_table_for_ever() {
    see("fills_its_table_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    see("fills_its_table_for_ever", &["--fuel", "50M"]).ended("fuel_limit", 152);
}

#[test]
fn tail_calls_for_ever() {
    see("tail_calls_for_ever", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
    see("tail_calls_for_ever", &["--fuel", "5M"]).ended("fuel_limit", 152);
}

#[test]
fn overlaps_its_buffers() {
    see("overlaps_its_buffers", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
}

#[test]
fn sleeps_with_an_absolute_time() {
    see("sleeps_with_an_absolute_time", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
}

#[test]
fn waits_at_its_start() {
    see("waits_at_its_start", &TIMEOUT).ended("time_limit", 124).took_about_ms(TIMEOUT_MS);
}

#[test]
fn repeats_one_call() {
    let beyond = see("repeats_one_call", &["--input", "999"]).ended("completed", 0);
    let calls = beyond.report.number("output");
    assert_eq!(calls, 32);
    for call in 0..calls {
        let input = call.to_string();
        // However the call is answered, it is paid for; some end sooner by what they hold.
        let seen = see("repeats_one_call", &["--input", &input, "--fuel", "50M", "--timeout", "10s"]);
        let outcome = seen.report.text("outcome").to_owned();
        assert!(
            ["fuel_limit", "memory_limit", "time_limit"].contains(&outcome.as_str()),
            "{call}: {outcome}"
        );
        let slow = see("repeats_one_call", &[&["--input", &input][..], &TIMEOUT].concat());
        assert!(slow.report.number("wall_ms") < TIMEOUT_MS + 5_000, "call {call} outruns its deadline");
    }
}
