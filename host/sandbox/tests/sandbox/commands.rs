//! WASI commands: input on stdin, output from stdout, arguments, and streams
//! that never refuse a write.

use cofferdam_sandbox::{Outcome, Request};

use crate::support::{MEMORY, command, plain, run};

/// Copies stdin to stdout, 4 KiB at a time.
const CAT: &str = "(loop $again
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 4096))
    (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))
    (if (i32.load (i32.const 8)) (then
        (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)) (then unreachable))
        (br $again))))";

#[test]
fn input_is_on_stdin_and_output_comes_from_stdout() {
    let input: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
    let report = run(&command(MEMORY, CAT), Request::new(input.clone()));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.output.as_deref(), Some(&input[..]));
    assert_eq!(report.stdout.dropped_bytes, 0);
}

#[test]
fn output_over_its_limit_keeps_head_and_tail_and_is_no_error() {
    let input: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
    let mut request = Request::new(input.clone());
    request.limits.output_bytes = 10_000;
    let report = run(&command(MEMORY, CAT), request);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.stdout.head, &input[..5_000]);
    assert_eq!(report.stdout.tail, &input[95_000..]);
    assert_eq!(report.stdout.dropped_bytes, 90_000);
    assert_eq!(report.stdout.total_bytes(), 100_000);
    let shown = String::from_utf8_lossy(&report.output.expect("an output")).into_owned();
    assert!(shown.contains("[... 90000 bytes left out ...]"));
}

#[test]
fn arguments_follow_the_commands_name() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 4)))
            (if (i32.ne (i32.load (i32.const 0)) (i32.const 3)) (then unreachable))
            (drop (call $args (i32.const 16) (i32.const 100)))
            (if (i32.ne (i32.load (i32.const 16)) (i32.const 100)) (then unreachable))
            (i32.store (i32.const 8) (i32.const 100))
            (i32.store (i32.const 12) (i32.load (i32.const 4)))
            (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))))"#;
    let mut request = plain();
    request.job.kind = "wc".into();
    request.args = vec!["-l".into(), "two words".into()];
    let report = run(text, request);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.output.as_deref(), Some(&b"wc\0-l\0two words\0"[..]));
}

#[test]
fn the_environment_is_empty_and_no_directory_is_open() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (i64.store (i32.const 0) (i64.const -1))
            (if (call $sizes (i32.const 0) (i32.const 4)) (then unreachable))
            (if (i64.ne (i64.load (i32.const 0)) (i64.const 0)) (then unreachable))
            (if (i32.ne (call $prestat (i32.const 3) (i32.const 0)) (i32.const 8)) (then unreachable))
            (if (i32.ne (call $accept (i32.const 3) (i32.const 0) (i32.const 0)) (i32.const 8)) (then unreachable))))"#;
    assert_eq!(run(text, plain()).outcome, Outcome::Completed);
}

#[test]
fn a_job_may_print_too_and_its_output_stays_its_own() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\08\00\00\00\05\00\00\00hello")
        (func (export "cofferdam_run") (result i32)
            (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
            (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 100)))
            (call $output (i32.const 8) (i32.const 4))))"#;
    let report = run(text, plain());
    assert_eq!(report.output.as_deref(), Some(&b"hell"[..]));
    assert_eq!((report.stdout.to_text(), report.stderr.to_text()), ("hello".into(), "hello".into()));
}

#[test]
fn initialize_runs_before_the_job() {
    let text = r#"(module (global $ready (mut i32) (i32.const 1))
        (func (export "_initialize") (global.set $ready (i32.const 0)))
        (func (export "cofferdam_run") (result i32) global.get $ready))"#;
    assert_eq!(run(text, plain()).outcome, Outcome::Completed);
}

#[test]
fn a_start_function_may_call_the_host() {
    let text = r#"(module
        (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "early")
        (func $early (drop (call $output (i32.const 0) (i32.const 5)))) (start $early)
        (func (export "cofferdam_run") (result i32) i32.const 0))"#;
    assert_eq!(run(text, plain()).output.as_deref(), Some(&b"early"[..]));
}

#[test]
fn monotonic_time_starts_with_the_attempt() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "cofferdam_run") (result i32)
            (drop (call $time (i32.const 1) (i64.const 0) (i32.const 0)))
            (i64.gt_u (i64.load (i32.const 0)) (i64.const 60000000000))))"#;
    assert_eq!(run(text, plain()).outcome, Outcome::Completed);
}
