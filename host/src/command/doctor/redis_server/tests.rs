//! What each setting is told to lose.

use std::time::Duration;

use super::*;
use crate::command::doctor::finding::State;

fn best() -> Durability {
    Durability {
        server: Some("Redis 7.0.15".to_owned()),
        version: Some((7, 0)),
        found: Found::Named,
        is_replica: Some(false),
        is_loading: false,
        appends: Some(Appends::Always),
        unsynced_in_rewrites: Some(false),
        snapshots: Some(true),
        append_failed: false,
        snapshot_failed: false,
        snapshot_must_succeed: Some(true),
        memory_used_bytes: Some(1 << 20),
        memory_max_bytes: Some(1 << 30),
        memory_policy: Some("noeviction".to_owned()),
        replicas: Some(0),
        replicas_min: Some(0),
        is_clustered: Some(false),
        cluster_is_whole: None,
        is_elsewhere: false,
        is_encrypted: true,
        is_local: false,
        round_trip: Duration::from_micros(300),
        hidden: Vec::new(),
        refused: Some(Vec::new()),
        misused: Vec::new(),
    }
}

#[track_caller]
fn check(seen: &Durability, check: &str, state: State, says: &str) {
    let findings = look(seen);
    let found = findings.iter().find(|finding| finding.check == check && finding.state == state);
    let found = found.unwrap_or_else(|| panic!("no `{check}` that is {state:?}: {findings:#?}"));
    assert!(found.found.contains(says), "{found:?}");
}

#[test]
fn the_best_there_is_has_nothing_to_warn_of() {
    let findings = look(&best());
    assert!(findings.iter().all(|finding| finding.state == State::Ok), "{findings:#?}");
    assert_eq!(may_lose(&best()), Vec::<String>::new());
}

#[test]
fn each_way_to_keep_jobs_says_what_it_loses() {
    for (appends, snapshots, says) in [
        (Some(Appends::EverySecond), Some(true), "second or two"),
        (Some(Appends::Unsynced), None, "half minute"),
        (Some(Appends::Nothing), Some(true), "since the last snapshot"),
        (Some(Appends::Nothing), Some(false), "all jobs are lost"),
        (Some(Appends::Somehow), None, "cannot be told"),
        (None, None, "cannot be told"),
    ] {
        let seen = Durability { appends, snapshots, ..best() };
        check(&seen, "durability", State::Warn, says);
        assert!(may_lose(&seen)[0].contains(says));
    }
    let seen = Durability { unsynced_in_rewrites: Some(true), ..best() };
    check(&seen, "durability", State::Warn, "no-appendfsync-on-rewrite");
    assert_eq!(may_lose(&seen).len(), 1);
}

#[test]
fn a_server_that_deletes_jobs_when_it_is_full_fails() {
    let seen = Durability { memory_policy: Some("allkeys-lru".to_owned()), ..best() };
    check(&seen, "maxmemory", State::Fail, "deletes jobs");
    check(&Durability { memory_max_bytes: Some(0), ..seen.clone() }, "maxmemory", State::Warn, "as soon as");
    assert_eq!(may_lose(&seen).len(), 1);
    assert_eq!(may_lose(&Durability { memory_policy: None, ..best() }).len(), 1);
}

#[test]
fn a_fail_over_that_comes_by_itself_may_lose_work() {
    for found in [Found::BySentinel, Found::InCluster] {
        let seen = Durability { found, replicas: Some(1), is_clustered: Some(true), ..best() };
        check(&seen, "replicas", State::Warn, "comes by itself");
        assert!(may_lose(&seen)[0].contains("fail-over"));
        assert!(may_lose(&Durability { replicas: Some(0), ..seen }).is_empty());
    }
}

#[test]
fn what_keeps_a_worker_from_working_fails() {
    let of = |name: &str| Some(vec![name.to_owned()]);
    check(&Durability { version: Some((6, 2)), ..best() }, "server", State::Fail, "too old");
    check(&Durability { is_replica: Some(true), ..best() }, "role", State::Fail, "takes no writes");
    check(&Durability { refused: of("`hset`"), ..best() }, "rights", State::Fail, "`hset`");
    let misused = vec!["`{x}:job` is no hash".to_owned()];
    check(&Durability { misused, ..best() }, "keys", State::Fail, "is no hash");
    check(&Durability { append_failed: true, ..best() }, "disk", State::Fail, "append-only file failed");
    check(&Durability { snapshot_failed: true, ..best() }, "disk", State::Fail, "snapshot failed");
    check(&Durability { is_clustered: Some(true), ..best() }, "address", State::Fail, "names only it");
    check(&Durability { replicas_min: Some(1), ..best() }, "replicas", State::Fail, "no writes");
    let torn = Durability {
        found: Found::InCluster,
        is_clustered: Some(true),
        cluster_is_whole: Some(false),
        ..best()
    };
    check(&torn, "cluster", State::Fail, "not whole");
}
