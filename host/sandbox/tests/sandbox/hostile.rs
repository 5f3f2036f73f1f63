//! Guests that mean harm: bad pointers into every function, calls meant to make
//! the host allocate, panics in host functions. Each costs its own attempt.

use std::sync::Arc;

use cofferdam_sandbox::{LiveOutput, LogLine, Outcome};

use crate::support::{MEMORY, command, job, plain, run};

#[test]
fn every_pointer_and_length_is_checked_and_named() {
    let bad = [
        ("call $input (i32.const 65530) (i32.const 10)", "`input`", "`buf`"),
        ("call $input (i32.const -1) (i32.const -1)", "`input`", "`buf`"),
        ("call $output (i32.const 0) (i32.const -1)", "`output`", "`ptr`"),
        ("call $resume (i32.const 65537) (i32.const 0)", "`resume`", "`buf`"),
        ("call $checkpoint (i32.const 1) (i32.const 65536) (i32.const 0)", "`checkpoint`", "`ptr`"),
        ("call $append (i32.const -8) (i32.const 8) (i32.const 0) (i32.const 1)", "`append`", "`part`"),
        ("call $append (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 65537)", "`append`", "`ptr`"),
        (
            "call $enqueue (i32.const 0) (i32.const 0x7fffffff) (i32.const 0) (i32.const 0)",
            "`enqueue`",
            "`spec`",
        ),
        ("call $enqueue (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 1)", "`enqueue`", "`id`"),
        ("call $progress (i64.const 0) (i64.const 0) (i32.const -1) (i32.const 1)", "`progress`", "`msg`"),
        ("call $log (i32.const 1) (i32.const 0) (i32.const -1)", "`log`", "`ptr`"),
        ("call $info (i32.const 65536) (i32.const 1)", "`info`", "`buf`"),
        ("call $fail (i32.const 0) (i64.const 0) (i32.const -1) (i32.const 1)", "`fail`", "`msg`"),
        (
            "call $panic (i32.const -1) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)",
            "`panic`",
            "`msg`",
        ),
        (
            "call $panic (i32.const 0) (i32.const 1) (i32.const -1) (i32.const 1) (i32.const 0) (i32.const 0)",
            "`panic`",
            "`file`",
        ),
    ];
    for (call, function, argument) in bad {
        let mut request = plain();
        request.limits.fuel = 1 << 40;
        let report = run(&job(MEMORY, &format!("(drop ({call})) i32.const 0")), request);
        assert_eq!(report.outcome, Outcome::Trapped, "{call}: {report:#?}");
        assert!(report.message.contains(function) && report.message.contains(argument), "{}", report.message);
        assert!(report.host.peak_bytes < cofferdam_sandbox::STACK_BYTES + 4096, "{call}");
        assert_eq!(report.backtrace, ["cofferdam_run"]);
    }
}

#[test]
fn bad_pointers_into_wasi_are_the_guests_own_fault() {
    let bad = [
        "call $fd_write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 0)",
        "call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const -2)",
        "call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 0)",
        "call $fd_read (i32.const 0) (i32.const 65532) (i32.const 1) (i32.const 0)",
        "call $poll_oneoff (i32.const 65500) (i32.const 0) (i32.const 1) (i32.const 0)",
        "call $poll_oneoff (i32.const 0) (i32.const 65530) (i32.const 1) (i32.const 0)",
        "call $random_get (i32.const 65530) (i32.const 100)",
    ];
    // At 64: a buffer of 4 GiB at 0xffffffff.
    let memory = r#"(memory (export "memory") 1) (data (i32.const 64) "\ff\ff\ff\ff\ff\ff\ff\ff")"#;
    for call in bad {
        let report = run(&command(memory, &format!("(call $proc_exit ({call}))")), plain());
        assert_eq!((report.outcome, report.exit_code), (Outcome::Failed, 21), "{call}: {report:#?}");
    }
}

#[test]
fn too_many_buffers_or_subscriptions_are_refused() {
    let big = r#"(memory (export "memory") 1024)"#;
    for call in [
        "call $fd_write (i32.const 1) (i32.const 0) (i32.const 8000000) (i32.const 0)",
        "call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const 1000000) (i32.const 0)",
    ] {
        let report = run(&command(big, &format!("(call $proc_exit ({call}))")), plain());
        assert_eq!((report.outcome, report.exit_code), (Outcome::Failed, 28), "{call}: {report:#?}");
    }
}

#[test]
fn a_large_write_is_taken_in_parts() {
    // One buffer of 32 MiB.
    let memory = r#"(memory (export "memory") 513) (data (i32.const 0) "\10\00\00\00\00\00\00\02")"#;
    let body =
        "(if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
        (call $proc_exit (i32.ne (i32.load (i32.const 8)) (i32.const 65536)))";
    let report = run(&command(memory, body), plain());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn a_module_without_memory_cannot_be_written_to() {
    let text = r#"(module (import "cofferdam_v1" "stop_requested" (func $stop (result i32)))
        (func (export "cofferdam_run") (result i32) call $stop))"#;
    assert_eq!(run(text, plain()).outcome, Outcome::Completed);
}

struct Clumsy;

impl LiveOutput for Clumsy {
    fn log(&self, _line: &LogLine) {
        panic!("the listener fell over");
    }
}

#[test]
fn a_panic_in_a_host_function_fails_that_attempt_only() {
    let text = job(
        MEMORY,
        "(drop (call $checkpoint (i32.const 0) (i32.const 8) (i32.const 0)))
         (drop (call $log (i32.const 1) (i32.const 0) (i32.const 4))) i32.const 0",
    );
    for _ in 0..3 {
        let mut request = plain();
        request.live = Some(Arc::new(Clumsy));
        let report = run(&text, request);
        assert_eq!((report.outcome, report.exit_code), (Outcome::HostError, 125), "{report:#?}");
        assert!(report.message.contains("the listener fell over"), "{}", report.message);
        assert!(report.last.is_some(), "the checkpoint before it is kept");
        assert_eq!(run(&text, plain()).outcome, Outcome::Completed);
    }
    let enqueue = job(
        r#"(memory (export "memory") 1) (data (i32.const 16) "{\"kind\":\"k\"}")"#,
        "(drop (call $enqueue (i32.const 16) (i32.const 12) (i32.const 0) (i32.const 0))) i32.const 0",
    );
    let mut request = plain();
    request.child_id = Arc::new(|_| panic!("no ids today"));
    assert_eq!(run(&enqueue, request).outcome, Outcome::HostError);
}

#[test]
fn nothing_of_one_attempt_is_seen_by_the_next() {
    // Fails when its memory is not as the module says; then dirties all of it.
    let text = job(
        r#"(memory (export "memory") 16) (data (i32.const 1000) "fresh") (global $n (mut i32) (i32.const 5))"#,
        "(local $at i32)
        (if (i32.ne (i32.load (i32.const 1000)) (i32.const 0x73657266)) (then unreachable))
        (if (i32.ne (global.get $n) (i32.const 5)) (then unreachable))
        (loop $l
            (if (i32.and (i32.ne (local.get $at) (i32.const 1000)) (i32.ne (local.get $at) (i32.const 1004)))
                (then (if (i32.load (local.get $at)) (then unreachable))))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br_if $l (i32.lt_u (local.get $at) (i32.const 1048576))))
        (memory.fill (i32.const 0) (i32.const 255) (i32.const 1048576))
        (global.set $n (i32.const 6))
        i32.const 0",
    );
    let program = crate::support::program(&text);
    for _ in 0..20 {
        let report = crate::support::finish(program.attempt(plain()).0);
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    }
}
