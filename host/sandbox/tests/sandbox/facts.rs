//! What a job can learn about itself, and what it tells while it runs.

use std::sync::{Arc, Mutex};

use cofferdam_sandbox::{JobFacts, LiveOutput, LogLevel, LogLine, Outcome, Progress};

use crate::support::{MEMORY, job, plain, run};

#[test]
fn a_job_knows_its_facts_and_its_caps() {
    let body = "(drop (call $output (i32.const 0) (call $info (i32.const 0) (i32.const 4096)))) i32.const 0";
    let mut request = plain();
    request.job =
        JobFacts { id: "j-1".into(), kind: "flights.\"delays\"".into(), queue: "reports".into(), attempt: 3 };
    let output = run(&job(MEMORY, body), request).output.expect("an output");
    let info = String::from_utf8(output.to_vec()).expect("text");
    for part in [
        r#""id":"j-1""#,
        r#""kind":"flights.\"delays\"""#,
        r#""queue":"reports""#,
        r#""attempt":3"#,
        r#""resumed":false"#,
        r#""memory_cap_bytes":134217728"#,
        r#""fuel_cap":1000000000000"#,
        r#""host_allowance_bytes":4194304"#,
        r#""timeout_ms":3600000"#,
        r#""checkpoint_bytes":1048576"#,
    ] {
        assert!(info.contains(part), "{part} in {info}");
    }
}

#[test]
fn a_job_knows_what_is_left() {
    let body = "(i64.store (i32.const 0) (call $left (i32.const 0)))
        (i64.store (i32.const 8) (call $left (i32.const 1)))
        (i64.store (i32.const 16) (call $left (i32.const 2)))
        (i64.store (i32.const 24) (call $left (i32.const 3)))
        (i64.store (i32.const 32) (call $left (i32.const 9)))
        (drop (call $output (i32.const 0) (i32.const 40))) i32.const 0";
    let mut request = plain();
    request.limits.timeout = None;
    request.limits.memory_cap_bytes = 1 << 20;
    let report = run(&job(MEMORY, body), request);
    let output = report.output.expect("an output");
    let left: Vec<i64> =
        output.chunks(8).map(|c| i64::from_le_bytes(c.try_into().expect("8 bytes"))).collect();
    assert!(left[0] < 1_000_000_000_000 && left[0] > 999_999_999_000, "{left:?}");
    assert_eq!(left[1], (1 << 20) - 65536);
    assert_eq!(left[2], -1);
    assert_eq!(left[3], (4 << 20) - cofferdam_sandbox::STACK_BYTES as i64);
    assert_eq!(left[4], -3);
}

#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<LogLine>>,
    progress: Mutex<Vec<Progress>>,
    stdout: Mutex<Vec<u8>>,
}

impl LiveOutput for Heard {
    fn stdout(&self, bytes: &[u8]) {
        self.stdout.lock().expect("no poison").extend_from_slice(bytes);
    }
    fn log(&self, line: &LogLine) {
        self.lines.lock().expect("no poison").push(line.clone());
    }
    fn progress(&self, progress: &Progress) {
        self.progress.lock().expect("no poison").push(progress.clone());
    }
}

#[test]
fn log_lines_and_progress_are_seen_at_once_and_kept() {
    let data = r#"(memory (export "memory") 1) (data (i32.const 0) "half way")"#;
    let body = "(drop (call $log (i32.const 2) (i32.const 0) (i32.const 8)))
        (drop (call $progress (i64.const 5) (i64.const 10) (i32.const 0) (i32.const 8)))
        (i32.ne (call $log (i32.const 6) (i32.const 0) (i32.const 8)) (i32.const -3))";
    let heard = Arc::new(Heard::default());
    let mut request = plain();
    request.live = Some(heard.clone());
    let report = run(&job(data, body), request);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.logs.lines.len(), 1);
    assert_eq!(
        (report.logs.lines[0].level, report.logs.lines[0].text.as_str()),
        (LogLevel::Warn, "half way")
    );
    assert_eq!(*heard.lines.lock().expect("no poison"), report.logs.lines);
    let progress = Progress { done: 5, total: 10, message: "half way".into() };
    assert_eq!(*heard.progress.lock().expect("no poison"), [progress]);
}

#[test]
fn long_lines_are_cut_and_too_many_are_counted() {
    let body = "(local $n i32)
        (loop $l (if (call $log (i32.const 3) (i32.const 0) (i32.const 60000)) (then unreachable))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 100))))
        i32.const 0";
    let report = run(&job(MEMORY, body), plain());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!((report.logs.lines.len(), report.logs.dropped), (64, 36));
    assert!(report.logs.lines.iter().all(|line| line.text.len() == 4096));
}

#[test]
fn empty_lines_are_counted_like_any_other() {
    let body = "(local $n i32)
        (loop $l (drop (call $log (i32.const 3) (i32.const 0) (i32.const 0)))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 5000))))
        i32.const 0";
    let report = run(&job(MEMORY, body), plain());
    assert_eq!((report.logs.lines.len(), report.logs.dropped), (2000, 3000));
}
