//! The two accounts: what a guest's memory and tables take, and what the host
//! holds for it, to the byte.

use cofferdam_sandbox::{OnMemoryLimit, Outcome, Request, STACK_BYTES};

use crate::support::{MEMORY, command, job, plain, run};

const PAGE: u64 = 65_536;

#[test]
fn a_refused_growth_traps_with_cap_peak_requested_and_frames() {
    let text = job(
        MEMORY,
        r#"(drop (memory.grow (i32.const 14))) (call $hungry) i32.const 0)
        (func $hungry (drop (memory.grow (i32.const 20)))"#,
    );
    let mut request = plain();
    request.limits.memory_cap_bytes = 16 * PAGE;
    let report = run(&text, request);
    assert_eq!((report.outcome, report.exit_code), (Outcome::MemoryLimit, 137));
    assert_eq!(report.memory.cap_bytes, 16 * PAGE);
    assert_eq!(report.memory.peak_bytes, 15 * PAGE);
    assert_eq!(report.memory.requested_bytes, Some(35 * PAGE));
    assert_eq!(report.backtrace, ["hungry", "cofferdam_run"]);
    assert!(report.message.starts_with("asked for 2293760 bytes"), "{}", report.message);
}

#[test]
fn the_cap_itself_can_be_reached() {
    let mut request = plain();
    request.limits.memory_cap_bytes = 16 * PAGE;
    let text = job(MEMORY, "(i32.eq (memory.grow (i32.const 15)) (i32.const -1))");
    let report = run(&text, request);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.memory.peak_bytes, 16 * PAGE);
}

#[test]
fn tables_and_memory_are_summed() {
    let definitions = r#"(memory (export "memory") 1) (table $t 100 funcref)"#;
    let grow = "(drop (table.grow $t (ref.null func) (i32.const 8000))) i32.const 0";
    let mut request = plain();
    request.limits.memory_cap_bytes = 2 * PAGE;
    let report = run(&job(definitions, grow), request.clone());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.memory.peak_bytes, PAGE + 8100 * 8);
    let grow = "(drop (table.grow $t (ref.null func) (i32.const 8093))) i32.const 0";
    let report = run(&job(definitions, grow), request);
    assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
    assert_eq!(report.memory.requested_bytes, Some(PAGE + 8193 * 8));
}

#[test]
fn a_denied_growth_lets_the_guest_go_on() {
    let mut request = plain();
    request.limits.memory_cap_bytes = 2 * PAGE;
    request.limits.on_memory_limit = OnMemoryLimit::Deny;
    let text = job(MEMORY, "(i32.ne (memory.grow (i32.const 100)) (i32.const -1))");
    let report = run(&text, request);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.memory.requested_bytes, None);
}

#[test]
fn a_trap_after_a_denied_growth_is_memory_limit() {
    let mut request = plain();
    request.limits.memory_cap_bytes = 2 * PAGE;
    request.limits.on_memory_limit = OnMemoryLimit::Deny;
    let text = job(
        MEMORY,
        "(drop (memory.grow (i32.const 100))) (drop (call $oom (i64.const 6500000) (i64.const 8))) unreachable",
    );
    let report = run(&text, request);
    assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
    assert_eq!(report.memory.requested_bytes, Some(101 * PAGE));
    assert!(report.message.contains("an allocation of 6500000 bytes"), "{}", report.message);
}

#[test]
fn growth_beyond_32_bits_is_refused_like_any_other() {
    let text = job(MEMORY, "(drop (memory.grow (i32.const 0x20000))) i32.const 0");
    let report = run(&text, plain());
    assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
    assert!(report.memory.requested_bytes > Some(1 << 32), "{report:#?}");
}

#[test]
fn input_counts_against_the_host_allowance() {
    let mut request = Request::new(vec![b'x'; 1000]);
    request.limits.host_allowance_bytes = STACK_BYTES + 1000;
    let text = job(MEMORY, "i32.const 0");
    let report = run(&text, request.clone());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.host.peak_bytes, STACK_BYTES + 1000);
    request.limits.host_allowance_bytes -= 1;
    let report = run(&text, request);
    assert_eq!((report.outcome, report.exit_code), (Outcome::MemoryLimit, 137));
    assert!(report.message.contains("host allowance"), "{}", report.message);
    assert_eq!(report.fuel.used, 0, "nothing has run");
}

#[test]
fn a_command_that_exits_with_an_error_after_a_denied_growth_ran_out_of_memory() {
    let body = "(drop (memory.grow (i32.const 100))) (call $proc_exit (i32.const 2))";
    let mut request = plain();
    request.limits.memory_cap_bytes = 2 * PAGE;
    request.limits.on_memory_limit = OnMemoryLimit::Deny;
    let report = run(&command(MEMORY, body), request.clone());
    assert_eq!((report.outcome, report.exit_code), (Outcome::MemoryLimit, 137), "{report:#?}");
    assert!(report.message.contains("exited with code 2"), "{}", report.message);
    // Without a refusal its code is its own.
    request.limits.memory_cap_bytes = 200 * PAGE;
    assert_eq!(run(&command(MEMORY, body), request).exit_code, 2);
}

#[test]
fn growth_over_the_modules_own_maximum_is_refused_too() {
    let text = job(r#"(memory (export "memory") 1 4)"#, "(drop (memory.grow (i32.const 5))) i32.const 0");
    let report = run(&text, plain());
    assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
    assert_eq!(report.memory.requested_bytes, Some(6 * PAGE));
    assert!(report.message.contains("262144 is the maximum that the module declares"), "{}", report.message);
}

#[test]
fn a_table_over_the_engines_largest_is_refused_by_that_name() {
    let definitions = r#"(memory (export "memory") 1) (table $t 0 funcref)"#;
    let grow = "(drop (table.grow $t (ref.null func) (i32.const 100001))) i32.const 0";
    let report = run(&job(definitions, grow), plain());
    assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
    assert!(report.message.contains("a table of 100000 elements is the largest"), "{}", report.message);
}

#[test]
fn an_allocation_that_no_memory_could_hold_is_memory_limit() {
    let text = job(MEMORY, "(drop (call $oom (i64.const 0x7fffffff00) (i64.const 8))) unreachable");
    let report = run(&text, plain());
    assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
    assert_eq!(report.memory.requested_bytes, Some(0x7f_ffff_ff00));
}

#[test]
fn captured_output_is_charged_as_it_is_kept() {
    let memory = r#"(memory (export "memory") 1) (data (i32.const 0) "\10\00\00\00\e8\03\00\00")"#;
    let write = "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))";
    let report = run(&command(memory, &write.repeat(10)), plain());
    assert_eq!(report.stdout.total_bytes(), 10_000);
    // Buffers double: 10,000 bytes lie in one of 16 KiB.
    assert_eq!(report.host.peak_bytes, STACK_BYTES + 16_384);
    let endless = run(&command(memory, &format!("(loop $l {write} br $l)")), {
        let mut request = plain();
        request.limits.fuel = 30_000_000;
        request
    });
    assert_eq!(endless.outcome, Outcome::FuelLimit);
    assert_eq!(endless.host.peak_bytes, STACK_BYTES + (1 << 20));
}

#[test]
fn a_small_allowance_ends_a_talkative_guest_and_names_the_account() {
    let memory = r#"(memory (export "memory") 1) (data (i32.const 0) "\10\00\00\00\e8\03\00\00")"#;
    let write =
        "(loop $l (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))) br $l)";
    let mut request = plain();
    request.limits.host_allowance_bytes = STACK_BYTES + 10_000;
    let report = run(&command(memory, write), request);
    assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
    assert!(report.message.starts_with("captured stderr"), "{}", report.message);
    assert_eq!(report.memory.requested_bytes, None);
}
