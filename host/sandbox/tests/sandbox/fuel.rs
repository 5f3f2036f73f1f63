//! Fuel: exact, deterministic, and paid for what the host does too.

use cofferdam_sandbox::{Outcome, Request};

use crate::support::{MEMORY, job, plain, run};

#[test]
fn the_same_module_and_input_use_the_same_fuel() {
    let text = job(
        MEMORY,
        "(local $n i32) (local.set $n (call $input (i32.const 0) (i32.const 1000)))
         (drop (memory.grow (i32.const 3)))
         (loop $l
            (drop (call $checkpoint (i32.const 0) (local.get $n) (i32.const 0)))
            (memory.fill (i32.const 0) (i32.const 7) (i32.const 60000))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $l (local.get $n)))
         i32.const 0",
    );
    let used: Vec<u64> = (0..5).map(|_| run(&text, Request::new(vec![1; 500])).fuel.used).collect();
    assert!(used.iter().all(|fuel| *fuel == used[0]), "{used:?}");
    assert!(used[0] > 500 * 60_000, "{used:?}");
}

#[test]
fn the_same_trap_uses_the_same_fuel() {
    let text = job(
        MEMORY,
        "(local $n i32) (loop $l (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $l (i32.lt_u (local.get $n) (i32.const 1000000)))) unreachable",
    );
    let (one, two) = (run(&text, plain()).fuel, run(&text, plain()).fuel);
    assert_eq!(one, two);
    assert!(one.lower_bound && one.used > 0, "{one:?}");
}

fn used(body: &str) -> u64 {
    let report = run(&job(MEMORY, body), plain());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    report.fuel.used
}

#[test]
fn memory_growth_has_a_price() {
    let none = used("(drop (memory.grow (i32.const 0))) i32.const 0");
    let ten = used("(drop (memory.grow (i32.const 10))) i32.const 0");
    assert_eq!(ten - none, 2550);
}

#[test]
fn host_calls_cost_100_and_1_for_each_byte() {
    let nothing = used("i32.const 0");
    let call = used("(drop (call $stop_requested)) i32.const 0") - nothing;
    assert!((100..110).contains(&call), "{call}");
    let empty = used("(drop (call $output (i32.const 0) (i32.const 0))) i32.const 0");
    let full = used("(drop (call $output (i32.const 0) (i32.const 5000))) i32.const 0");
    assert_eq!(full - empty, 5000);
}

#[test]
fn a_host_call_that_cannot_be_paid_is_not_made() {
    let mut request = plain();
    request.limits.fuel = 1000;
    let report =
        run(&job(MEMORY, "(drop (call $output (i32.const 0) (i32.const 5000))) i32.const 0"), request);
    assert_eq!(report.outcome, Outcome::FuelLimit, "{report:#?}");
    assert_eq!((report.fuel.used, report.output), (1000, None));
}
