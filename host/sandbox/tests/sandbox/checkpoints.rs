//! Checkpoints: coalesced, waited for, taken, resumed from, and what of them
//! survives each kind of end.

use bytes::Bytes;
use cofferdam_sandbox::{Outcome, Resume, Stop, Urgency};

use crate::support::{MEMORY, ended, job, plain, run, runtime, start, wait};

/// Counts in the state at 0 and checkpoints it `rounds` times.
fn counting(rounds: u32, mode: u32) -> String {
    let body = format!(
        "(loop $again
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (drop (call $checkpoint (i32.const 0) (i32.const 4) (i32.const {mode})))
            (br_if $again (i32.lt_u (i32.load (i32.const 0)) (i32.const {rounds}))))
        i32.const 0"
    );
    job(MEMORY, &body)
}

#[test]
fn only_the_newest_state_is_kept() {
    let report = run(&counting(1000, 0), plain());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!((report.checkpoint.count, report.checkpoint.bytes), (1000, 4));
    let last = report.last.expect("a snapshot");
    assert_eq!(last.state, Some(Bytes::copy_from_slice(&1000u32.to_le_bytes())));
    assert_eq!(last.checkpoint_no, 1000);
    // One state, and for a moment the one that replaces it.
    assert_eq!(report.host.peak_bytes, cofferdam_sandbox::STACK_BYTES + 8);
}

#[test]
fn a_trap_keeps_the_state_of_the_last_checkpoint() {
    let text = job(
        MEMORY,
        "(i32.store (i32.const 0) (i32.const 7))
         (drop (call $checkpoint (i32.const 0) (i32.const 4) (i32.const 0)))
         (i32.store (i32.const 0) (i32.const 8)) unreachable",
    );
    let report = run(&text, plain());
    assert_eq!(report.outcome, Outcome::Trapped);
    assert_eq!(report.last.and_then(|last| last.state), Some(Bytes::from_static(&[7, 0, 0, 0])));
}

#[test]
fn a_job_goes_on_from_the_state_it_is_given() {
    let text = job(
        MEMORY,
        "(drop (call $output (i32.const 0) (call $resume (i32.const 0) (i32.const 64)))) i32.const 0",
    );
    let mut request = plain();
    request.resume = Some(Resume { state: Bytes::from_static(b"row 5000"), next_effect: 3 });
    assert_eq!(run(&text, request).output.as_deref(), Some(&b"row 5000"[..]));
}

#[test]
fn without_a_checkpoint_there_is_nothing_to_resume_from() {
    let text = job(MEMORY, "(i32.ne (call $resume (i32.const 0) (i32.const 64)) (i32.const -1))");
    assert_eq!(run(&text, plain()).outcome, Outcome::Completed);
}

#[test]
fn checkpoint_now_waits_until_it_is_durable() {
    let (running, control) = start(&counting(3, 1), plain());
    for no in 1..=3u32 {
        wait("the guest waits", || control.urgency() == Some(Urgency::Now));
        let snapshot = control.take().expect("a snapshot");
        assert_eq!(snapshot.checkpoint_no, u64::from(no));
        assert_eq!(snapshot.state.as_deref(), Some(&no.to_le_bytes()[..]));
        assert!(!running.is_finished() && !control.is_over());
        control.durable(snapshot.checkpoint_no);
    }
    let report = ended(running);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.last, None);
    assert!(control.is_over());
}

#[test]
fn the_first_checkpoint_and_one_with_children_are_urgent() {
    let definitions = r#"(memory (export "memory") 1) (data (i32.const 16) "{\"kind\":\"k\"}")"#;
    let text = job(
        definitions,
        "(drop (call $checkpoint (i32.const 0) (i32.const 4) (i32.const 0)))
         (drop (call $checkpoint (i32.const 0) (i32.const 4) (i32.const 1)))
         (drop (call $checkpoint (i32.const 0) (i32.const 4) (i32.const 0)))
         (drop (call $checkpoint (i32.const 0) (i32.const 4) (i32.const 1)))
         (drop (call $enqueue (i32.const 16) (i32.const 12) (i32.const 0) (i32.const 0)))
         (drop (call $checkpoint (i32.const 0) (i32.const 4) (i32.const 0)))
         (drop (call $left (i32.const 0)))
         i32.const 0",
    );
    let (running, control) = start(&text, plain());
    for _ in 0..2 {
        runtime().block_on(async {
            while control.urgency() != Some(Urgency::Now) {
                control.changed().await;
            }
        });
        let snapshot = control.take().expect("a snapshot");
        control.durable(snapshot.checkpoint_no);
    }
    let last = ended(running).last.expect("a snapshot");
    assert_eq!(last.urgency, Urgency::Soon);
    assert_eq!(last.checkpoint_no, 5);
    assert_eq!(last.effects.children.len(), 1);
}

#[test]
fn a_stop_is_obeyed_inside_the_next_checkpoint() {
    // Runs for ever if nobody stops it.
    let (running, control) = start(&counting(u32::MAX, 0), plain());
    wait("it checkpointed", || control.usage().checkpoint_count > 10);
    control.request_stop(Stop::Interrupt);
    let report = ended(running);
    assert_eq!((report.outcome, report.exit_code), (Outcome::Interrupted, 143));
    let last = report.last.expect("the newest state");
    assert_eq!(last.checkpoint_no, report.checkpoint.count);
    assert_eq!(last.state.as_deref(), Some(&(report.checkpoint.count as u32).to_le_bytes()[..]));
}

#[test]
fn a_stop_ends_a_guest_that_waits_for_its_checkpoint() {
    let (running, control) = start(&counting(3, 1), plain());
    wait("the guest waits", || control.urgency() == Some(Urgency::Now));
    let snapshot = control.take().expect("a snapshot");
    control.request_stop(Stop::Cancel);
    let report = ended(running);
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert_eq!((snapshot.checkpoint_no, report.last), (1, None));
}

#[test]
fn a_guest_that_outruns_the_store_waits_instead_of_breaking_its_allowance() {
    // 64 checkpoints, each with a chunk of 64 KiB: as much as the whole allowance.
    let text = job(
        MEMORY,
        r#"(local $n i32)
        (loop $again
            (if (call $append (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 65536))
                (then unreachable))
            (drop (call $checkpoint (i32.const 0) (i32.const 8) (i32.const 0)))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 64))))
        i32.const 0) (data (i32.const 0) "part")
        (func $unused"#,
    );
    let (running, control) = start(&text, plain());
    let mut chunks = 0;
    while !running.is_finished() {
        if control.urgency() == Some(Urgency::Now) {
            let snapshot = control.take().expect("a snapshot");
            chunks += snapshot.effects.appends.len();
            control.durable(snapshot.checkpoint_no);
        }
        std::thread::yield_now();
    }
    let report = ended(running);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    chunks += report.last.map_or(0, |last| last.effects.appends.len());
    assert_eq!(chunks, 64);
    assert!(report.host.peak_bytes <= report.host.allowance_bytes);
}

#[test]
fn a_state_over_its_limit_is_refused_and_the_old_one_kept() {
    let text = job(
        MEMORY,
        "(drop (call $checkpoint (i32.const 0) (i32.const 8) (i32.const 0)))
         (i32.ne (call $checkpoint (i32.const 0) (i32.const 101) (i32.const 0)) (i32.const -2))",
    );
    let mut request = plain();
    request.limits.checkpoint_bytes = 100;
    let report = run(&text, request);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.last.and_then(|last| last.state).map(|state| state.len()), Some(8));
}

#[test]
fn the_deadline_reaches_a_guest_that_waits_for_its_checkpoint() {
    let mut request = plain();
    request.limits.timeout = Some(std::time::Duration::from_millis(30));
    let report = run(&counting(3, 1), request);
    assert_eq!(report.outcome, Outcome::TimeLimit, "{report:#?}");
    assert_eq!(report.last.map(|last| last.checkpoint_no), Some(1));
}

#[test]
fn a_stop_before_the_start_is_obeyed_at_the_first_checkpoint() {
    let (attempt, control) = crate::support::program(&counting(3, 0)).attempt(plain());
    control.request_stop(Stop::Interrupt);
    let report = crate::support::finish(attempt);
    assert_eq!((report.outcome, report.checkpoint.count), (Outcome::Interrupted, 1));
    assert!(!report.fuel.lower_bound);
}

#[test]
fn what_was_taken_stays_on_the_account_until_it_is_durable() {
    let (running, control) = start(&counting(1, 1), plain());
    wait("the guest waits", || control.urgency() == Some(Urgency::Now));
    let before_bytes = control.usage().host_bytes;
    let snapshot = control.take().expect("a snapshot");
    assert_eq!(control.usage().host_bytes, before_bytes);
    control.durable(snapshot.checkpoint_no);
    ended(running);
    assert_eq!(control.usage().host_bytes, before_bytes - 4);
}
