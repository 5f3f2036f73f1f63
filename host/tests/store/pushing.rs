//! `push`: one job, a file of jobs, and what is refused before anything is enqueued.

use crate::modules::{CAT, TELLS};
use crate::place::Place;

fn place() -> Place {
    Place::with(&[("cat.wasm", CAT), ("tells.wasm", TELLS)])
}

#[test]
fn a_push_prints_the_id_alone_and_the_same_id_again_enqueues_nothing() {
    let place = place();
    let id = place.ok(&["push", "test.tells", "1"]);
    assert_eq!(id.trim().len(), 26, "{id}");
    assert_eq!(place.ok(&["push", "test.tells", "--id", "january"]), "january\n");
    let again = place.run(&["push", "test.tells", "--id", "january", "--json"]);
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("in this store already"), "{}", again.stderr);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&again.stdout).unwrap()["enqueued"], false);
    assert_eq!(place.objects(&["jobs", "list", "--json"]).len(), 2);
}

#[test]
fn an_input_is_json_for_a_job_and_anything_for_a_command() {
    let place = place();
    let error = place.fails(1, &["push", "test.tells", "{\"a\": 1,\n \"b\" 2}"]);
    assert!(error.contains("line 2, column 6") && error.contains("nothing was enqueued"), "{error}");
    assert!(place.fails(1, &["push", "test.tells", "Ada"]).contains("'\"Ada\"'"));
    let text = place.file("text", "plain");
    place.ok(&["push", "cat", &format!("@{text}")]);
    assert_eq!(place.run_with(&["push", "cat", "-"], "from stdin").code, 0);
    assert!(place.fails(1, &["push", "cat", "@nothing"]).contains("`@nothing`"));
    assert_eq!(place.objects(&["jobs", "list", "--json"]).len(), 2);
}

#[test]
fn an_unknown_kind_names_the_nearest_and_enqueues_nothing() {
    let place = place();
    let error = place.fails(1, &["push", "test.tels", "1"]);
    assert!(error.contains("unknown kind `test.tels`") && error.contains("`test.tells`"), "{error}");
    assert!(place.ok(&["jobs", "list", "--json"]).is_empty());
}

#[test]
fn an_input_over_the_limit_is_refused_with_both_figures() {
    let place = place();
    let config = place.file("small.toml", "[limits]\ninput = \"16B\"\n");
    let error = place.fails(1, &["push", "test.tells", "\"0123456789abcdef\"", "-C", &config]);
    assert!(error.contains("18 bytes") && error.contains("16"), "{error}");
}

#[test]
fn a_later_job_is_scheduled() {
    let place = place();
    let id = place.ok(&["push", "test.tells", "--in", "1h"]);
    assert_eq!(place.state(id.trim()), "scheduled");
    let id = place.ok(&["push", "test.tells", "--at", "2999-01-01T01:00:00+01:00"]);
    let job = place.object(&["jobs", "show", id.trim(), "--json"]);
    assert_eq!(job["at"], "2999-01-01T00:00:00Z");
    assert_eq!(job["not_run"].as_str().unwrap().split(' ').next(), Some("due"));
    assert!(place.fails(2, &["push", "test.tells", "--at", "noon"]).contains("2026-03-01T12:00:00Z"));
}

#[test]
fn a_bulk_file_is_enqueued_wholly_or_not_at_all() {
    let place = place();
    let good = "{\"kind\":\"cat\",\"input\":[1]}\n{\"kind\":\"test.tells\",\"id\":\"a\",\"in\":\"1h\"}\n";
    for (line, expected) in [
        ("{\"kind\":\"cat\",\"inputt\":1}", "jobs.ndjson:3: unknown key `inputt`; did you mean `input`?"),
        ("{\"kind\":\"kat\"}", "jobs.ndjson:3: unknown kind `kat`"),
        ("{\"kind\":\"cat\"", "jobs.ndjson:3: not JSON at column 13"),
    ] {
        let file = place.file("jobs.ndjson", format!("{good}{line}\n"));
        let error = place.fails(1, &["push", "--bulk", &file]);
        assert!(error.contains(expected) && error.contains("nothing was enqueued"), "{error}");
        assert!(place.ok(&["jobs", "list", "--json"]).is_empty());
    }
    place.file("jobs.ndjson", good);
    assert_eq!(place.object(&["push", "--bulk", "jobs.ndjson", "--json"])["enqueued"], 2);
    let again = place.object(&["push", "--bulk", "jobs.ndjson", "--json"]);
    assert_eq!((&again["enqueued"], &again["existing"]), (&1.into(), &1.into()));
    assert_eq!(place.run_with(&["push", "--bulk", "-"], good).code, 0);
}

#[test]
fn what_was_enqueued_is_told_where_its_id_cannot_be_written() {
    let place = place();
    let ran = place.run_into_full(&["push", "cat", "--id", "one"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("cannot write to stdout"), "{}", ran.stderr);
    assert!(ran.stderr.contains("in the store all the same, as `one`"), "{}", ran.stderr);
    assert_eq!(place.state("one"), "available");
}

#[test]
fn an_input_that_is_too_large_is_refused_with_its_size() {
    let place = place();
    let file = place.file("large", "x".repeat(3 << 20));
    let error = place.fails(1, &["push", "cat", &format!("@{file}")]);
    assert!(error.contains("the input is 3145728 bytes; at most 1048576 are taken"), "{error}");
    let error = place.run_with(&["push", "cat", "-"], &"x".repeat(3 << 20)).stderr;
    assert!(error.contains("the input is more than 1048576 bytes"), "{error}");
}

#[test]
fn wrong_usage_ends_with_2() {
    let place = place();
    for args in [
        &["push"][..],
        &["push", "cat", "--in", "10"],
        &["push", "cat", "--in", "1s", "--at", "2999-01-01T00:00:00Z"],
        &["push", "cat", "--bulk", "x"],
        &["push", "cat", "--timeout", "1s"],
        &["push", "No Kind"],
    ] {
        place.fails(2, args);
    }
}
