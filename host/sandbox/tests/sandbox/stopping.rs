//! Deadlines, interruptions and cancellations reach every kind of busy or idle
//! guest. How soon is measured here too, generously, because machines that
//! run tests are not idle; the promise is 50 ms on an idle one.

use std::time::{Duration, Instant};

use cofferdam_sandbox::{Outcome, Stop};

use crate::support::{MEMORY, command, ended, job, plain, start, wait};

/// Each keeps going for ever if nobody stops it.
fn relentless() -> Vec<(&'static str, String)> {
    let iov = r#"(memory (export "memory") 40) (data (i32.const 0) "\10\00\00\00\00\00\01\00")"#;
    // One subscription: a relative clock, an hour away.
    let nap = r#"(memory (export "memory") 1) (data (i32.const 16) "\01\00\00\00") (data (i32.const 24) "\00\00\00\00\00\01\00\00")"#;
    vec![
        ("spins", job(MEMORY, "(loop $l br $l) i32.const 0")),
        (
            "sleeps",
            command(
                nap,
                "(drop (call $poll_oneoff (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))",
            ),
        ),
        (
            "naps",
            command(
                r#"(memory (export "memory") 1) (data (i32.const 16) "\01\00\00\00") (data (i32.const 24) "\01\00\00\00")"#,
                "(loop $l (drop (call $poll_oneoff (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200))) br $l)",
            ),
        ),
        (
            "writes",
            command(
                iov,
                "(loop $l (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) br $l)",
            ),
        ),
        ("calls", job(MEMORY, "(loop $l (drop (call $stop_requested)) br $l) i32.const 0")),
        (
            "copies",
            job(
                r#"(memory (export "memory") 512)"#,
                "(loop $l (memory.copy (i32.const 0) (i32.const 8) (i32.const 0x1000000)) br $l) i32.const 0",
            ),
        ),
        (
            "rolls",
            command(
                r#"(memory (export "memory") 512)"#,
                "(loop $l (drop (call $random_get (i32.const 0) (i32.const 0x1000000))) br $l)",
            ),
        ),
    ]
}

#[test]
fn end_now_ends_every_kind_of_guest() {
    for (what, text) in relentless() {
        for (stop, outcome) in [(Stop::Interrupt, Outcome::Interrupted), (Stop::Cancel, Outcome::Cancelled)] {
            let (running, control) = start(&text, plain());
            wait(what, || control.usage().memory_bytes > 0);
            let asked = Instant::now();
            control.end_now(stop);
            let report = ended(running);
            let took = asked.elapsed();
            assert_eq!((what, report.outcome), (what, outcome));
            assert!(took < Duration::from_secs(2), "{what} went on for {took:?}");
        }
    }
}

#[test]
fn the_deadline_ends_every_kind_of_guest() {
    for (what, text) in relentless() {
        let mut request = plain();
        let timeout = Duration::from_millis(30);
        request.limits.timeout = Some(timeout);
        let (running, _) = start(&text, request);
        let report = ended(running);
        assert_eq!((what, report.outcome, report.exit_code), (what, Outcome::TimeLimit, 124));
        assert!(
            report.wall >= timeout && report.wall < timeout + Duration::from_secs(2),
            "{what}: {:?}",
            report.wall
        );
        assert!(report.fuel.lower_bound);
    }
}

#[test]
fn a_command_does_not_hear_a_polite_stop() {
    let (running, control) = start(&relentless()[3].1, plain());
    wait("it runs", || control.usage().fuel_used > 1_000_000);
    control.request_stop(Stop::Interrupt);
    let heard_at = control.usage().fuel_used;
    wait("it goes on", || control.usage().fuel_used > heard_at + 1_000_000);
    assert!(!running.is_finished());
    control.end_now(Stop::Interrupt);
    assert_eq!(ended(running).outcome, Outcome::Interrupted);
}

#[test]
fn a_job_can_look_for_a_stop_and_wind_down() {
    let text = job(MEMORY, "(loop $l (br_if $l (i32.eqz (call $stop_requested)))) i32.const 0");
    let (running, control) = start(&text, plain());
    wait("it runs", || control.usage().fuel_used > 10_000);
    control.request_stop(Stop::Interrupt);
    assert_eq!(ended(running).outcome, Outcome::Completed);
}

#[test]
fn cancelling_wins_over_interrupting() {
    let (running, control) = start(&relentless()[0].1, plain());
    control.end_now(Stop::Cancel);
    control.end_now(Stop::Interrupt);
    assert_eq!(ended(running).outcome, Outcome::Cancelled);
}

#[test]
fn a_short_sleep_ends_by_itself() {
    // 2 ms, relative.
    let nap = r#"(memory (export "memory") 1) (data (i32.const 16) "\01\00\00\00") (data (i32.const 24) "\80\84\1e\00")"#;
    let body =
        "(call $proc_exit (call $poll_oneoff (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))";
    let (running, _) = start(&command(nap, body), plain());
    let report = ended(running);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert!(report.wall >= Duration::from_millis(2), "{:?}", report.wall);
}

#[test]
fn a_dropped_attempt_leaves_nothing_behind() {
    let text = &relentless()[1].1;
    let (running, control) = start(text, plain());
    wait("it sleeps", || control.usage().memory_bytes > 0);
    running.abort();
    wait("it is gone", || running.is_finished());
    // The handle still answers.
    assert_eq!(control.take(), None);
}
