//! Children and appended chunks: numbered, kept with their checkpoint, and
//! dropped with what follows it unless the job completes.

use bytes::Bytes;
use cofferdam_sandbox::{Outcome, Resume};

use crate::support::{job, plain, run};

/// `{"kind":"k"}` at 16, `part-1` at 64, `chunk` at 96.
const DATA: &str = r#"(memory (export "memory") 1)
    (data (i32.const 16) "{\"kind\":\"k\"}") (data (i32.const 64) "part-1") (data (i32.const 96) "chunk")"#;
const ENQUEUE: &str = "(drop (call $enqueue (i32.const 16) (i32.const 12) (i32.const 200) (i32.const 100)))";
const APPEND: &str = "(drop (call $append (i32.const 64) (i32.const 6) (i32.const 96) (i32.const 5)))";
const CHECKPOINT: &str = "(drop (call $checkpoint (i32.const 0) (i32.const 1) (i32.const 0)))";

#[test]
fn effects_after_the_last_checkpoint_are_kept_when_the_job_completes() {
    let report = run(&job(DATA, &format!("{ENQUEUE} {CHECKPOINT} {APPEND} {ENQUEUE} i32.const 0")), plain());
    let last = report.last.expect("a snapshot");
    assert_eq!(last.effects.children.iter().map(|c| c.no).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(last.effects.children[1].id, "child-1");
    assert_eq!(last.effects.children[1].spec, r#"{"kind":"k"}"#);
    assert_eq!(last.effects.appends[0].part, "part-1");
    assert_eq!(last.effects.appends[0].bytes, "chunk");
    assert_eq!(last.next_effect, 2);
}

#[test]
fn effects_after_the_last_checkpoint_are_dropped_by_every_other_end() {
    for end in ["i32.const 1", "unreachable"] {
        let report = run(&job(DATA, &format!("{ENQUEUE} {CHECKPOINT} {APPEND} {ENQUEUE} {end}")), plain());
        let last = report.last.expect("a snapshot");
        assert_eq!((last.effects.children.len(), last.effects.appends.len()), (1, 0), "{end}");
        assert_eq!(last.next_effect, 1);
    }
}

#[test]
fn a_job_without_checkpoints_keeps_its_effects_when_it_completes() {
    let last = run(&job(DATA, &format!("{ENQUEUE} i32.const 0")), plain()).last.expect("a snapshot");
    assert_eq!((last.state, last.checkpoint_no, last.effects.children.len()), (None, 0, 1));
    assert_eq!(run(&job(DATA, "i32.const 0"), plain()).last, None);
}

#[test]
fn effect_numbers_go_on_over_attempts() {
    let mut request = plain();
    request.resume = Some(Resume { state: Bytes::new(), next_effect: 41 });
    let last = run(&job(DATA, &format!("{ENQUEUE} {ENQUEUE} i32.const 0")), request).last;
    let last = last.expect("a snapshot");
    assert_eq!(last.effects.children.iter().map(|c| c.no).collect::<Vec<_>>(), [41, 42]);
    assert_eq!(last.next_effect, 43);
}

#[test]
fn the_guest_learns_the_childs_id() {
    let body = "(drop (call $output (i32.const 200)
        (call $enqueue (i32.const 16) (i32.const 12) (i32.const 200) (i32.const 100)))) i32.const 0";
    assert_eq!(run(&job(DATA, body), plain()).output.as_deref(), Some(&b"child-0"[..]));
}

#[test]
fn an_id_that_does_not_fit_enqueues_nothing() {
    let body =
        "(i32.ne (call $enqueue (i32.const 16) (i32.const 12) (i32.const 200) (i32.const 3)) (i32.const 7))";
    let report = run(&job(DATA, body), plain());
    assert_eq!((report.outcome, report.last), (Outcome::Completed, None));
}

#[test]
fn bad_specs_and_names_are_told_and_record_nothing() {
    let bad = [r#"{\"kind\":\"\"}"#, r#"{\"kind\":7}"#, r#"{}"#, "nope", r#"{\"kind\":\"k\""#];
    for spec in bad {
        let len = spec.replace('\\', "").len();
        let data = format!(r#"(memory (export "memory") 1) (data (i32.const 16) "{spec}")"#);
        let body = format!(
            "(i32.ne (call $enqueue (i32.const 16) (i32.const {len}) (i32.const 0) (i32.const 0)) (i32.const -3))"
        );
        let report = run(&job(&data, &body), plain());
        assert_eq!((report.outcome, report.last), (Outcome::Completed, None), "{spec}");
    }
    for name in ["", "Part", "a b", "../x"] {
        let data = format!(r#"(memory (export "memory") 1) (data (i32.const 16) "{name}")"#);
        let body = format!(
            "(i32.ne (call $append (i32.const 16) (i32.const {}) (i32.const 0) (i32.const 1)) (i32.const -3))",
            name.len()
        );
        let report = run(&job(&data, &body), plain());
        assert_eq!((report.outcome, report.last), (Outcome::Completed, None), "{name}");
    }
}

#[test]
fn too_many_children_are_refused_and_the_others_kept() {
    let mut request = plain();
    request.limits.children = 2;
    let third =
        "(i32.ne (call $enqueue (i32.const 16) (i32.const 12) (i32.const 0) (i32.const 0)) (i32.const -2))";
    let report = run(&job(DATA, &format!("{ENQUEUE} {ENQUEUE} {third}")), request);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.last.map(|last| last.effects.children.len()), Some(2));
}

#[test]
fn an_endless_stream_of_effects_ends_as_memory_limit_naming_the_account() {
    for (effect, what) in [(ENQUEUE, "a child job"), (APPEND, "an appended chunk")] {
        let mut request = plain();
        request.limits.children = u32::MAX;
        let report = run(&job(DATA, &format!("(loop $l {effect} (br $l)) i32.const 0")), request);
        assert_eq!(report.outcome, Outcome::MemoryLimit, "{report:#?}");
        assert!(report.message.starts_with(what), "{}", report.message);
        assert!(report.message.contains("host allowance"), "{}", report.message);
        assert!(report.host.peak_bytes <= report.host.allowance_bytes);
    }
}

#[test]
fn nothing_is_recorded_after_a_failure_was_declared() {
    let fail = "(drop (call $fail (i32.const 3) (i64.const 0) (i32.const 96) (i32.const 5)))";
    let body = format!(
        "{fail} (if (i32.ne (call $append (i32.const 64) (i32.const 6) (i32.const 96) (i32.const 5)) (i32.const -4)) (then unreachable))
         (if (i32.ne (call $checkpoint (i32.const 0) (i32.const 1) (i32.const 0)) (i32.const -4)) (then unreachable))
         (if (i32.ne (call $output (i32.const 0) (i32.const 1)) (i32.const -4)) (then unreachable))
         i32.const 0"
    );
    let report = run(&job(DATA, &body), plain());
    assert_eq!((report.outcome, report.message.as_str()), (Outcome::Failed, "chunk"));
    assert_eq!(report.last, None);
}

/// How often the effect succeeds before it is refused as too large; the job's output says it.
fn taken(effect: &str, limit: impl FnOnce(&mut cofferdam_sandbox::Limits)) -> u64 {
    let mut request = plain();
    limit(&mut request.limits);
    // A name of its own in every round: `a` to `z`, then `aa` and so on, by two letters.
    let body = format!(
        "(local $n i32)
        (loop $again
            (i32.store8 (i32.const 66) (i32.add (i32.const 97) (i32.rem_u (local.get $n) (i32.const 26))))
            (i32.store8 (i32.const 67) (i32.add (i32.const 97) (i32.div_u (local.get $n) (i32.const 26))))
            (i32.store8 (i32.const 25) (i32.load8_u (i32.const 66)))
            (if (i32.eq {effect} (i32.const -2)) (then
                (i32.store8 (i32.const 300) (local.get $n))
                (drop (call $output (i32.const 300) (i32.const 1)))
                (return (i32.const 0))))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 200)))) i32.const 0"
    );
    let output = run(&job(DATA, &body), request).output.expect("a number");
    u64::from(output[0])
}

#[test]
fn what_an_attempt_appends_is_bounded_in_all_and_by_names() {
    let append = "(call $append (i32.const 64) (i32.const 6) (i32.const 96) (i32.const 5))";
    assert_eq!(taken(append, |limits| limits.parts = 30), 30);
    // With what the ledger takes for each.
    assert_eq!(taken(append, |limits| limits.parts_bytes = 10 * (5 + 128)), 10);
}

#[test]
fn the_children_of_an_attempt_are_bounded_in_number_size_and_lines() {
    let enqueue = "(call $enqueue (i32.const 16) (i32.const 12) (i32.const 200) (i32.const 100))";
    assert_eq!(taken(enqueue, |limits| limits.children = 7), 7);
    assert_eq!(taken(enqueue, |limits| limits.children_bytes = 9 * (12 + 128)), 9);
    assert_eq!(taken(enqueue, |limits| limits.child_lines = 20), 20, "each of another kind");
}
