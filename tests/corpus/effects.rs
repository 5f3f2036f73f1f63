//! Guests with effects: children, appended parts, progress, logs, checkpoints.

use std::collections::BTreeSet;

use cofferdam_tests::{Look, Site, example_job, ledger};

use crate::{Seen, see, see_with};

#[test]
fn enqueues_children() {
    let seen = see("enqueues_children", &["--input", r#"{"children":3}"#]).ended("completed", 0);
    let children = seen.report.texts("children");
    assert_eq!(children.iter().collect::<BTreeSet<_>>().len(), 3, "listed, not run: {children:?}");
}

#[test]
fn appends_parts() {
    see("appends_parts", &["--input", r#"{"rows":4}"#]).ended("completed", 0).at("output", 4);
    let seen = see("appends_parts", &["--input", r#"{"rows":4,"panic_after":2}"#]).ended("panicked", 134);
    assert_eq!(seen.report.number("checkpoint.count"), 2);
}

#[test]
fn reports_progress() {
    see("reports_progress", &[]).ended("completed", 0);
}

#[test]
fn counts() {
    let site = Site::new();
    let grant = format!("ledger={}", site.path("ledger").display());
    let checkpoint = site.path("counts.checkpoint").display().to_string();
    let arguments =
        ["--write", &grant, "--checkpoint", &checkpoint, "--input", r#"{"to":50,"durable_every":10}"#];
    // First with too little fuel for all of it, then on from where that ended.
    let short: Vec<&str> = arguments.iter().copied().chain(["--fuel", "60k"]).collect();
    let first = see_with(&site, "counts", &short).ended("fuel_limit", 152);
    let kept = first.report.number("checkpoint.count");
    assert!((1..50).contains(&kept), "stopped on its way: {kept}");
    let second = see_with(&site, "counts", &arguments)
        .ended("completed", 0)
        .at("resumed", true)
        .at("output.steps", 50);
    assert_eq!(second.report.number("checkpoint.count"), 50 - kept, "no step twice, none left out");
    let whole = see_with(&Site::new(), "counts", &["--write", &grant, "--input", r#"{"to":50}"#]);
    assert_eq!(second.report.at("output.digest"), whole.report.at("output.digest"));
}

#[test]
fn finishes_first() {
    let site = Site::new();
    let grant = format!("ledger={}", site.path("ledger").display());
    site.write("ledger/finish", "");
    see_with(&site, "finishes_first", &["--write", &grant]).ended("completed", 0);
}

#[test]
fn version_one() {
    let site = Site::new();
    let grant = format!("ledger={}", site.path("ledger").display());
    site.write("ledger/go", "");
    see_with(&site, "version_one", &["--write", &grant]).ended("completed", 0).at("output", 1);
}

#[test]
fn version_two() {
    see("version_two", &[]).ended("completed", 0).at("output", 2);
}

#[test]
fn the_example_in_c_completes_and_reports_as_any_other() {
    let site = Site::new();
    let module = example_job("c-example");
    let module = module.to_str().expect("a path in UTF-8");
    let seen = Seen::of(site.run(["run", module, "--json", "--input", "one\nthree\n"])).ended("completed", 0);
    assert_eq!(seen.report.number("output.lines"), 2);
    assert_eq!(seen.report.text("kind"), "example.lines");
}

#[test]
fn a_ledger_that_lost_something_durable_is_found_out() {
    let entry = |attempt, word: &str, step| ledger::Entry { attempt, word: word.to_owned(), step };
    let good = [entry(1, "began", 0), entry(1, "durable", 10), entry(2, "began", 10), entry(2, "ended", 12)];
    ledger::check_nothing_durable_was_lost("j", &good);
    for bad in [
        vec![entry(1, "began", 0), entry(1, "durable", 10), entry(2, "began", 9)],
        vec![entry(1, "began", 0), entry(1, "began", 0)],
        vec![entry(2, "began", 0), entry(1, "durable", 3)],
    ] {
        let caught = std::panic::catch_unwind(|| ledger::check_nothing_durable_was_lost("j", &bad));
        assert!(caught.is_err(), "{bad:?}");
    }
}

#[test]
fn enqueues_for_ever() {
    let seen = see("enqueues_for_ever", &["--input", "\"small\""]).ended("completed", 0);
    assert_eq!(seen.report.number("output.0"), 10_000, "and then it is told no");
    let large = see("enqueues_for_ever", &["--input", "\"large\""]);
    assert!(large.report.number("host.peak_bytes") <= 4 << 20);
    let outcome = large.report.text("outcome");
    assert!(["memory_limit", "completed"].contains(&outcome), "{outcome}");
}
