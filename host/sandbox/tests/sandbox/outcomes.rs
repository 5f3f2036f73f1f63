//! Every way in which an attempt can end by itself.

use cofferdam_sandbox::{FailureClass, Outcome, Request};

use crate::support::{MEMORY, command, job, plain, run};

#[test]
fn a_job_that_returns_0_completes() {
    let report = run(r#"(module (func (export "cofferdam_run") (result i32) i32.const 0))"#, plain());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.exit_code, 0);
    assert_eq!(report.message, "");
    assert_eq!(report.output, None);
    assert!(report.fuel.used > 0 && report.fuel.used < 20, "{}", report.fuel.used);
}

#[test]
fn a_job_returns_what_it_was_given() {
    let text = job(
        MEMORY,
        "(drop (call $output (i32.const 0) (call $input (i32.const 0) (i32.const 100)))) i32.const 0",
    );
    let report = run(&text, Request::new("hello"));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.output.as_deref(), Some(&b"hello"[..]));
}

#[test]
fn a_job_that_returns_1_failed() {
    let report = run(&job(MEMORY, "i32.const 1"), plain());
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.exit_code, 1);
    assert_eq!(report.failure.map(|f| f.class), Some(FailureClass::Retry));
}

#[test]
fn a_job_says_why_and_how_it_fails() {
    let data = r#"(memory (export "memory") 1) (data (i32.const 8) "no such flight")"#;
    let body = "(drop (call $fail (i32.const 1) (i64.const 1500) (i32.const 8) (i32.const 14))) i32.const 1";
    let report = run(&job(data, body), plain());
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.message, "no such flight");
    let failure = report.failure.expect("a failure");
    assert_eq!(failure.class, FailureClass::RetryIn);
    assert_eq!(failure.delay, Some(std::time::Duration::from_millis(1500)));
}

#[test]
fn a_job_that_fails_without_a_word_is_said_to_and_one_that_snoozes_is_not() {
    for (class, message) in [(0, "the job failed and did not say why"), (4, "")] {
        let body = format!(
            "(drop (call $fail (i32.const {class}) (i64.const 5) (i32.const 8) (i32.const 0))) i32.const 1"
        );
        let report = run(&job(MEMORY, &body), plain());
        assert_eq!((report.outcome, report.message.as_str()), (Outcome::Failed, message));
    }
}

#[test]
fn what_is_no_text_is_no_longer_than_what_is_when_it_is_repaired() {
    // Every byte becomes a sign of three.
    let body = "(memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))
        (drop (call $log (i32.const 1) (i32.const 0) (i32.const 5000)))
        (drop (call $log (i32.const 1) (i32.const 0) (i32.const 5000)))
        (drop (call $fail (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 5000))) i32.const 1";
    let mut request = plain();
    request.limits.log_bytes = request.limits.log_line_bytes + 100;
    let (line_bytes, message_bytes) = (request.limits.log_line_bytes, request.limits.message_bytes);
    let report = run(&job(MEMORY, body), request);
    assert_eq!((report.logs.lines.len(), report.logs.dropped), (1, 1), "{report:#?}");
    assert!(report.logs.lines[0].text.len() as u64 <= line_bytes);
    assert!(report.message.len() as u64 <= message_bytes, "{}", report.message.len());
}

#[test]
fn a_commands_output_is_its_stdout() {
    let data = r#"(memory (export "memory") 1) (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\0a")"#;
    let body = "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))";
    let report = run(&command(data, body), plain());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.output.as_deref(), Some(&b"hello\n"[..]));
    assert_eq!(report.stdout.to_text(), "hello\n");
}

#[test]
fn a_commands_exit_code_passes_through() {
    let report = run(&command(MEMORY, "(call $proc_exit (i32.const 42))"), plain());
    assert_eq!((report.outcome, report.exit_code), (Outcome::Failed, 42));
    assert_eq!(report.message, "exited with code 42");
    assert_eq!(report.failure, None);
    let report = run(&command(MEMORY, "(call $proc_exit (i32.const 0))"), plain());
    assert_eq!((report.outcome, report.exit_code), (Outcome::Completed, 0));
}

#[test]
fn a_trap_names_the_guests_functions() {
    let text = r#"(module
        (func $_ZN7flights8load_all17h0123456789abcdefE unreachable)
        (func (export "cofferdam_run") (result i32)
            call $_ZN7flights8load_all17h0123456789abcdefE i32.const 0))"#;
    let report = run(text, plain());
    assert_eq!((report.outcome, report.exit_code), (Outcome::Trapped, 134));
    assert_eq!(report.backtrace.first().map(String::as_str), Some("flights::load_all"));
    assert!(report.fuel.lower_bound);
}

#[test]
fn a_panic_is_reported_with_its_place() {
    let data = r#"(memory (export "memory") 1) (data (i32.const 0) "index out of boundssrc/lib.rs")"#;
    let body = "(drop (call $panic (i32.const 0) (i32.const 19) (i32.const 19) (i32.const 10) (i32.const 41) (i32.const 5))) unreachable";
    let report = run(&job(data, body), plain());
    assert_eq!((report.outcome, report.exit_code), (Outcome::Panicked, 134));
    assert_eq!(report.message, "panicked at src/lib.rs:41:5: index out of bounds");
}

#[test]
fn an_endless_loop_is_stopped_by_its_fuel() {
    let mut request = plain();
    request.limits.fuel = 3_000_000;
    let report = run(&job(MEMORY, "(loop $l br $l) i32.const 0"), request);
    assert_eq!((report.outcome, report.exit_code), (Outcome::FuelLimit, 152));
    assert_eq!(report.fuel.used, 3_000_000);
    assert_eq!(report.message, "spent its fuel of 3000000 units");
    assert_eq!(report.backtrace.first().map(String::as_str), Some("cofferdam_run"));
}

#[test]
fn endless_recursion_is_a_trap_of_its_own() {
    let text = r#"(module (func $deep (export "cofferdam_run") (result i32) call $deep call $deep i32.add))"#;
    let report = run(text, plain());
    assert_eq!(report.outcome, Outcome::Trapped);
    assert!(report.message.contains("the wasm stack"), "{}", report.message);
}

#[test]
fn frames_have_files_and_lines_where_the_module_has_line_tables() {
    let module = include_bytes!("fixtures/lines.wasm");
    let program = crate::support::engine().load(module).expect("a program");
    assert!(program.inspection().has_line_tables);
    let mut request = plain();
    request.limits.memory_cap_bytes = 4 << 20;
    let report = crate::support::finish(program.attempt(request).0);
    assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
    let place = |function: &str, line: u32| format!("{function} (flights/src/lines.rs:{line})");
    let source = include_str!("fixtures/lines.rs");
    let line =
        |text: &str| source.lines().position(|line| line.contains(text)).expect("in the source") as u32 + 1;
    assert_eq!(
        // Line tables name inlined functions without their modules.
        report.backtrace.iter().filter(|frame| frame.contains("flights/src")).collect::<Vec<_>>(),
        [
            &place("grown", line("memory_grow(0")),
            &place("lines::flights::load_all", line("grown(pages) + 1")),
            &place("cofferdam_run", line("load_all(100)")),
        ],
        "{report:#?}"
    );
}
