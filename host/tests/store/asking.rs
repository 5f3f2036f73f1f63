//! `jobs cancel|retry`, `queues pause|resume`, `workers quiet|stop`: what is asked for, and
//! what is said when it cannot be.

use crate::modules::{CAT, TELLS};
use crate::place::{Place, wait};

#[test]
fn a_job_that_has_not_started_is_cancelled_at_once_and_can_be_retried() {
    let place = Place::with(&[("cat.wasm", CAT)]);
    place.ok(&["push", "cat", "--id", "one"]);
    assert_eq!(place.ok(&["jobs", "cancel", "one"]), "one: cancelled\n");
    assert_eq!(place.ok(&["jobs", "retry", "one"]), "one: available\n");
    let ran = place.run(&["jobs", "cancel", "one", "two"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "one: cancelled\n"));
    assert!(ran.stderr.contains("two: no such job in this store"), "{}", ran.stderr);
    let told = place.run(&["jobs", "retry", "one", "two", "--json"]);
    assert_eq!((told.code, told.stdout.lines().count()), (1, 2));
}

#[test]
fn only_dead_jobs_are_touched_by_dead() {
    let place = Place::with(&[("cat.wasm", CAT)]);
    place.ok(&["push", "cat", "--id", "one"]);
    for command in ["retry", "delete"] {
        assert!(place.fails(1, &["dead", command, "one"]).contains("is available, not dead"));
        assert_eq!(place.run(&["dead", command, "--all"]).code, 0);
    }
    assert_eq!(place.state("one"), "available");
}

#[test]
fn a_paused_queue_gives_out_nothing_until_it_is_resumed() {
    let mut place = Place::with(&[("tells.wasm", TELLS)]);
    place.ok(&["queues", "pause", "tales"]);
    place.ok(&["push", "test.tells", "--id", "one"]);
    let why = place.object(&["jobs", "show", "one", "--json"])["not_run"].clone();
    assert!(why.as_str().unwrap().contains("`cofferdam queues resume tales`"), "{why}");
    assert_eq!(place.objects(&["queues", "list", "--json"])[0]["paused"], true);
    place.work();
    wait("a worker lives", || !place.objects(&["workers", "list", "--json"]).is_empty());
    assert_eq!(place.state("one"), "available");
    place.ok(&["queues", "resume", "tales"]);
    assert_eq!(place.run(&["jobs", "wait", "one"]).code, 0);
    let unknown = place.run(&["queues", "pause", "tails"]);
    assert!(unknown.stderr.contains("is its name right?"), "{}", unknown.stderr);
}

#[test]
fn a_worker_that_was_killed_is_shown_as_lost() {
    let mut place = Place::with(&[("cat.wasm", CAT)]);
    place.work();
    wait("a worker lives", || !place.objects(&["workers", "list", "--json"]).is_empty());
    assert_eq!(place.objects(&["workers", "list", "--json"])[0]["state"], "working");
    place.kill_worker();
    assert_eq!(place.objects(&["workers", "list", "--json"])[0]["state"], "lost");
    assert!(place.ok(&["workers", "list"]).contains("lost"));
}

#[test]
fn workers_are_told_by_name_or_all_at_once() {
    let mut place = Place::with(&[("cat.wasm", CAT)]);
    assert!(place.run(&["workers", "list"]).stderr.contains("no worker lives"));
    place.work();
    wait("a worker lives", || !place.objects(&["workers", "list", "--json"]).is_empty());
    let id = place.objects(&["workers", "list", "--json"])[0]["id"].as_str().unwrap().to_owned();
    place.ok(&["workers", "quiet", &id]);
    wait("it is quiet", || place.objects(&["workers", "list", "--json"])[0]["quiet"] == true);
    place.ok(&["push", "cat", "--id", "one"]);
    let why = place.object(&["jobs", "show", "one", "--json"])["not_run"].clone();
    assert!(why.as_str().unwrap().contains("quiet"), "{why}");
    place.ok(&["workers", "quiet", "--all", "--undo"]);
    assert_eq!(place.run(&["jobs", "wait", "one"]).code, 0);
    let error = place.fails(1, &["workers", "stop", "somebody-else"]);
    assert!(error.contains("no live worker `somebody-else`"), "{error}");
    place.ok(&["workers", "stop", &id]);
    wait("the worker ends", || place.worker_is_gone());
}
