//! Guests that use the interface as nobody meant it: entries, names and calls in odd orders, bad
//! pointers and huge values.

use cofferdam_tests::{Look, Site};
use serde_json::Value;

use crate::{Seen, see, see_with};

#[test]
fn enters_by_a_host_function() {
    see("enters_by_a_host_function", &[]).ended("completed", 0).at("output", Value::Null);
}

#[test]
fn enters_by_yielding() {
    see("enters_by_yielding", &[]).ended("completed", 0).at("output", Value::Null);
}

#[test]
fn exports_our_names() {
    see("exports_our_names", &[]).ended("completed", 0);
}

#[test]
fn calls_itself_at_its_start() {
    let seen = see("calls_itself_at_its_start", &[]).ended("completed", 0).at("output", 1);
    assert_eq!(seen.report.number("checkpoint.count"), 2);
}

#[test]
fn closes_everything() {
    see("closes_everything", &[]).ended("completed", 0);
}

#[test]
fn calls_in_the_wrong_order() {
    for (order, outcome, code, said) in [
        ("after fail", "failed", 1, "the first failure"),
        ("fail and complete", "failed", 1, "said and not meant"),
        ("output and fail", "failed", 1, "failed after its output"),
        ("panic and complete", "completed", 0, ""),
        ("panic twice", "panicked", 134, "the first"),
        ("exit as a job", "completed", 0, ""),
        ("none of these", "completed", 0, ""),
    ] {
        let seen = see("calls_in_the_wrong_order", &["--input", &format!("{order:?}")]).ended(outcome, code);
        let message = seen.report.at("message").as_str().unwrap_or_default();
        assert!(message.contains(said), "{order}: {message}");
    }
}

#[test]
fn hands_over_bad_pointers() {
    let beyond = see("hands_over_bad_pointers", &["--input", "999"]).ended("completed", 0);
    for case in 0..beyond.report.number("output") {
        let seen = see("hands_over_bad_pointers", &["--input", &case.to_string()]);
        assert_eq!(seen.report.text("outcome"), "trapped", "case {case}: {:#}", seen.report);
        assert!(seen.report.number("host.peak_bytes") < 1 << 20, "nothing was allocated for case {case}");
    }
}

#[test]
fn hands_bad_pointers_to_wasi() {
    let site = Site::new();
    std::fs::create_dir(site.path("open")).expect("a folder");
    let grant = format!("open={}", site.path("open").display());
    for arguments in [&[][..], &["--write", &grant]] {
        let seen = see_with(&site, "hands_bad_pointers_to_wasi", arguments).ended("completed", 0);
        assert!(seen.report.number("output") > 300, "calls: {}", seen.report.number("output"));
        assert!(seen.report.number("host.peak_bytes") < 1 << 20);
    }
    assert_eq!(std::fs::read_dir(site.path("open")).expect("the folder").count(), 0);
}

#[test]
fn hands_over_huge_values() {
    for (input, outcome, code) in [
        ("complete", "completed", 0),
        ("retry_in", "failed", 1),
        ("snooze", "failed", 1),
        ("code", "failed", 1),
        ("oom", "memory_limit", 137),
        ("panic", "panicked", 134),
        ("exit", "failed", 255),
    ] {
        let seen = see("hands_over_huge_values", &["--input", &format!("{input:?}")]);
        let said = seen.report.at("message").as_str().unwrap_or_default();
        assert!(!said.contains("was not answered so"), "{input}: {said}");
        assert!(said.len() < 10_000, "{input}: {} bytes of message", said.len());
        seen.ended(outcome, code);
    }
}

#[test]
fn writes_escape_sequences() {
    for (input, outcome, code) in
        [("fail", "failed", 1), ("output", "completed", 0), ("panic", "panicked", 134)]
    {
        let site = Site::new();
        let input = format!("{input:?}");
        let ended = site.run_guest("writes_escape_sequences", &["--input", &input]);
        // Parsed, they are what the guest wrote; what is printed, nothing obeys.
        for text in [&ended.stdout, &ended.stderr] {
            assert_eq!(text.chars().find(|c| is_obeyed(*c)), None, "{ended}");
        }
        Seen::of(ended).ended(outcome, code);
    }
}

/// Whether a terminal does something for it other than to show it.
fn is_obeyed(c: char) -> bool {
    (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)
}
