//! A cluster and a sentinel: they come up, hand over, and elect.

use cofferdam_servers::{RedisCluster, Sentinel, slot_of};

#[test]
fn a_cluster_hands_over_and_elects() {
    let cluster = RedisCluster::start(3);
    assert_eq!(cluster.urls().len(), 6);
    let slot = slot_of("{tag}key");
    let first = cluster.primary_of(slot);
    assert_eq!(first.call(&["CLUSTER", "KEYSLOT", "{tag}key"]).number(), i64::from(slot));
    first.call(&["SET", "{tag}key", "value"]);

    cluster.fail_over(slot);
    let second = cluster.primary_of(slot);
    assert_ne!(second.port(), first.port());
    assert_eq!(second.call(&["GET", "{tag}key"]).text(), "value");
    cofferdam_servers::wait::until("the old primary has become the replica", || {
        (first.field("master_link_status") == "up").then_some(())
    });
    second.call(&["SET", "{tag}key", "newer"]);
    second.until_replicated();

    let killed = cluster.kill_primary_of(slot);
    assert_eq!(killed.port(), second.port());
    let third = cluster.primary_of(slot);
    assert_eq!(third.port(), first.port());
    assert_eq!(third.call(&["GET", "{tag}key"]).text(), "newer");
    killed.start_again();
    cluster.until_complete();
    assert_eq!(cluster.replica_of(slot).port(), killed.port());
}

#[test]
fn slots_are_those_of_the_server() {
    let server = cofferdam_servers::RedisServer::with(|settings| settings.line("cluster-enabled", "yes"));
    for key in ["", "key", "{tag}key", "key{tag}", "{}key", "a{b", "a{{b}}c", "köln", "123456789"] {
        assert_eq!(i64::from(slot_of(key)), server.call(&["CLUSTER", "KEYSLOT", key]).number(), "{key}");
    }
}

#[test]
fn a_sentinel_hands_over_and_notices_a_death() {
    let sentinel = Sentinel::start();
    let first = sentinel.primary();
    first.call(&["SET", "key", "value"]);
    first.until_replicated();
    sentinel.fail_over();
    let second = sentinel.primary();
    assert_ne!(second.port(), first.port());
    assert_eq!(second.call(&["GET", "key"]).text(), "value");

    cofferdam_servers::wait::until("the old primary has become the replica", || {
        (first.field("master_link_status") == "up").then_some(())
    });
    assert_eq!(sentinel.kill_primary().port(), second.port());
    assert_eq!(sentinel.primary().call(&["GET", "key"]).text(), "value");
}
