//! `jobs list|show|wait|logs|output`, `queues list`, `workers list`: what a person and a
//! script get to see of jobs that ended well or badly.

use crate::modules::{CAT, DIES, SPINS, TELLS};
use crate::place::{Place, wait};

#[test]
fn a_job_that_completes_shows_its_output_parts_log_and_report() {
    let mut place = Place::with(&[("tells.wasm", TELLS)]);
    place.work();
    assert_eq!(place.ok(&["push", "test.tells", "[5]", "--id", "one", "--wait"]), "{\"n\":1}\n");
    let job = place.object(&["jobs", "show", "one", "--json"]);
    assert_eq!(
        (&job["state"], &job["outcome"], &job["exit_code"]),
        (&"completed".into(), &"completed".into(), &0.into())
    );
    assert_eq!(
        (&job["output"]["n"], &job["input"][0], &job["queue"]),
        (&1.into(), &5.into(), &"tales".into())
    );
    assert_eq!(job["memory"]["cap_bytes"], 1 << 20);
    assert!(job["fuel"]["used"].as_u64().unwrap() > 0);
    assert_eq!(job["attempts"][0]["attempt"], 1);
    assert!(job["enqueued_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(place.ok(&["jobs", "output", "one"]), "{\"n\":1}\n");
    assert_eq!(place.ok(&["jobs", "output", "one", "--part", "rows"]), "row\nrow\n");
    assert!(place.fails(1, &["jobs", "output", "one", "--part", "row"]).contains("it has `rows`"));
    let log = place.ok(&["jobs", "logs", "one", "--follow"]);
    assert!(log.contains("half\\u{1b}[2J way"), "{log}");
    let shown = place.ok(&["jobs", "show", "one"]);
    assert!(shown.contains("state       completed") && shown.contains("attempt 1: completed"), "{shown}");
    assert!(shown.contains("rows: 8 B in 2 chunk(s)"), "{shown}");
    assert_eq!(place.ok(&["jobs", "wait", "one"]), "{\"n\":1}\n");
    let error = place.fails(1, &["jobs", "retry", "one"]);
    assert!(error.contains("one: completed: its result stands"), "{error}");
}

#[test]
fn a_command_gives_its_text_as_it_stands() {
    let mut place = Place::with(&[("cat.wasm", CAT)]);
    place.work();
    let text = place.file("text", "\"quoted\", and more\n");
    assert_eq!(place.ok(&["push", "cat", &format!("@{text}"), "--wait"]), "\"quoted\", and more\n");
    assert_eq!(place.ok(&["push", "cat", "\"json\"", "--wait"]), "\"json\"");
}

#[test]
fn a_dead_job_tells_why_without_its_escape_sequences_and_can_be_retried_and_deleted() {
    let mut place = Place::with(&[("dies.wasm", DIES)]);
    place.work();
    let ran = place.run(&["push", "test.dies", "--id", "one", "--wait"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("no\\u{1b}[2J luck"), "{}", ran.stderr);
    for args in
        [&["jobs", "list"][..], &["dead", "list"], &["jobs", "show", "one"], &["dead", "list", "--json"]]
    {
        let shown = place.ok(args);
        assert!(shown.contains("luck") && !shown.contains('\u{1b}'), "{args:?}: {shown}");
    }
    assert!(place.fails(1, &["jobs", "output", "one"]).contains("it is dead"));
    assert_eq!(place.ok(&["dead", "retry", "one"]), "1 dead job(s) made available\n");
    assert_eq!(place.run(&["jobs", "wait", "one"]).code, 1);
    assert_eq!(place.object(&["jobs", "show", "one", "--json"])["attempts"].as_array().unwrap().len(), 2);
    assert_eq!(place.object(&["dead", "delete", "--all", "--json"])["deleted"], 1);
    assert!(place.fails(1, &["jobs", "show", "one"]).contains("no job `one`"));
}

#[test]
fn a_snooze_is_shown_and_logged_as_what_it_is() {
    let snoozes = DIES
        .replace("test.dies", "test.snoozes")
        .replace("(i32.const 3) (i64.const 0)", "(i32.const 4) (i64.const 7200000)");
    let mut place = Place::with(&[("snoozes.wasm", &snoozes)]);
    place.work();
    place.ok(&["push", "test.snoozes", "--id", "one"]);
    wait("it snoozes", || place.state("one") == "scheduled");
    let shown = place.ok(&["jobs", "show", "one"]);
    assert!(shown.contains("attempt 1: snoozed for 2h 0m after"), "{shown}");
    assert!(!shown.contains("failed"), "{shown}");
    assert_eq!(place.object(&["jobs", "show", "one", "--json"])["snoozed_ms"], 7_200_000);
    let listed = place.ok(&["jobs", "list"]);
    assert!(listed.contains("snoozed") && !listed.contains("failed"), "{listed}");
    wait("it is logged", || place.log().contains("snoozed"));
    let log = place.log();
    let line = log.lines().find(|line| line.contains("snoozed job=one")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("INFO") && !line.contains("outcome"), "{line}");
}

#[test]
fn looking_makes_no_store_and_says_who_does() {
    let place = Place::new();
    for args in [
        &["jobs", "list"][..],
        &["jobs", "show", "one"],
        &["jobs", "wait", "one"],
        &["jobs", "logs", "one"],
        &["jobs", "output", "one"],
        &["jobs", "cancel", "one"],
        &["queues", "list"],
        &["queues", "pause", "mail"],
        &["dead", "list"],
        &["dead", "retry", "--all"],
        &["modules", "list"],
        &["modules", "prune"],
        &["workers", "list", "--json"],
        &["workers", "stop", "--all"],
    ] {
        let error = place.fails(1, args);
        assert!(error.contains("there is no store at `cofferdam.db`"), "{args:?}: {error}");
        assert!(!place.path("cofferdam.db").exists(), "{args:?} made a store");
    }
    std::fs::create_dir(place.path("jobs")).unwrap();
    let error = place.fails(1, &["jobs", "list", "--store", "jobs"]);
    assert!(error.contains("`jobs` is a directory") && error.contains("`jobs/cofferdam.db`"), "{error}");
}

#[test]
fn a_list_is_filtered_and_limited() {
    let place = Place::with(&[("cat.wasm", CAT), ("tells.wasm", TELLS)]);
    for _ in 0..3 {
        place.ok(&["push", "cat"]);
    }
    place.ok(&["push", "test.tells", "--in", "1h"]);
    let count = |args: &[&str]| place.objects(&[&["jobs", "list", "--json"], args].concat()).len();
    assert_eq!(count(&[]), 4);
    assert_eq!(count(&["--limit", "2"]), 2);
    assert_eq!(count(&["--kind", "cat"]), 3);
    assert_eq!(count(&["--state", "scheduled"]), 1);
    assert_eq!(count(&["--state", "scheduled", "--state", "available"]), 4);
    assert_eq!(count(&["--queue", "tales"]), 1);
    let one = &place.objects(&["jobs", "list", "--json", "--limit", "1"])[0];
    for key in ["id", "kind", "queue", "state", "outcome", "attempt"] {
        assert!(one.get(key).is_some(), "no `{key}` in {one}");
    }
    assert!(place.fails(2, &["jobs", "list", "--state", "ready"]).contains("ready"));
}

#[test]
fn a_wait_that_is_over_first_ends_with_124_and_the_job_goes_on() {
    let mut place = Place::with(&[("spins.wasm", SPINS)]);
    place.work();
    let ran = place.run(&["push", "test.spins", "--id", "one", "--wait", "--timeout", "100ms"]);
    assert_eq!(ran.code, 124, "{}", ran.stderr);
    wait("the job runs", || place.state("one") == "running");
    let cancelled = place.ok(&["jobs", "cancel", "one"]);
    assert!(cancelled.contains("its worker has been told"), "{cancelled}");
    assert_eq!(place.run(&["jobs", "wait", "one"]).code, 143);
    assert!(place.fails(1, &["jobs", "wait", "two"]).contains("no job `two`"));
}

#[test]
fn a_spinning_job_ends_with_the_code_of_its_limit() {
    let mut place = Place::new();
    let spins = place.module("spins.wasm", SPINS);
    place.ok(&["deploy", &spins, "--fuel", "1M"]);
    place.work();
    let ran = place.run(&["push", "test.spins", "--wait", "--json"]);
    assert_eq!(ran.code, 152, "{}", ran.stderr);
    let job: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&job["state"], &job["outcome"]), (&"dead".into(), &"fuel_limit".into()));
}
