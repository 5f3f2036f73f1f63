//! `doctor`: what it finds, and that looking changes nothing.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::modules::CAT;
use crate::place::Place;

fn find<'a>(findings: &'a [Value], check: &str) -> &'a Value {
    findings
        .iter()
        .find(|finding| finding["check"] == check)
        .unwrap_or_else(|| panic!("no `{check}`: {findings:?}"))
}

fn make_readable(place: &Place, mode: u32) {
    std::fs::set_permissions(place.path("cofferdam.db"), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn looking_at_a_store_that_is_not_there_does_not_make_it() {
    let place = Place::new();
    let findings = place.objects(&["doctor", "--json"]);
    assert_eq!(find(&findings, "store")["state"], "warn");
    assert_eq!(find(&findings, "sandbox")["state"], "ok");
    assert!(!place.path("cofferdam.db").exists());
}

#[test]
fn a_store_is_told_with_its_schema_durability_and_what_lives_in_it() {
    let place = Place::with(&[("cat.wasm", CAT)]);
    place.ok(&["queues", "pause", "slow"]);
    make_readable(&place, 0o600);
    let findings = place.objects(&["doctor", "--json"]);
    for check in
        ["store", "schema", "directory", "file", "log", "disk", "durability", "dead jobs", "memory", "clock"]
    {
        assert_eq!(find(&findings, check)["state"], "ok", "{:?}", find(&findings, check));
    }
    assert!(find(&findings, "schema")["found"].as_str().unwrap().contains("write-ahead log"));
    assert!(find(&findings, "workers")["remedy"].as_str().unwrap().contains("cofferdam work"));
    assert!(find(&findings, "queues")["remedy"].as_str().unwrap().contains("resume slow"));
    assert!(place.ok(&["doctor"]).contains("synchronous=full"));
}

#[test]
fn a_file_that_is_no_store_fails_with_its_name() {
    let place = Place::new();
    place.file(
        "cofferdam.db",
        "this is not a database, but it is long enough to be looked at as if it were one",
    );
    let ran = place.run(&["doctor", "--json"]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let findings: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let store = findings.iter().find(|finding| finding["state"] == "fail").unwrap();
    assert!(store["found"].as_str().unwrap().contains("cofferdam.db"), "{store}");
}

#[test]
fn a_store_that_anybody_can_read_is_told() {
    let place = Place::with(&[("cat.wasm", CAT)]);
    make_readable(&place, 0o644);
    let findings = place.objects(&["doctor", "--json"]);
    assert_eq!(find(&findings, "file")["state"], "warn");
}
