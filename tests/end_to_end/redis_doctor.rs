//! What a Redis server can lose is said: by `doctor`, by a worker at its start, and a worker that is told
//! to require durability refuses.

use cofferdam_servers::{RedisCluster, RedisServer, slot_of};
use cofferdam_tests::{Look, Site, wait};
use serde_json::Value;

fn doctor(site: &Site, url: &str, code: i32) -> Vec<Value> {
    site.run(["doctor", "--json", "--store", url]).expect_code(code).json_lines()
}

#[track_caller]
fn find<'a>(findings: &'a [Value], check: &str) -> &'a Value {
    let found = findings.iter().find(|finding| finding.text("check") == check);
    found.unwrap_or_else(|| panic!("no `{check}`: {findings:#?}"))
}

#[track_caller]
fn says(findings: &[Value], check: &str, state: &str, text: &str) {
    let found = find(findings, check);
    assert!(found.text("state") == state && found.text("found").contains(text), "{found}");
}

#[test]
fn a_server_that_keeps_all_is_good_and_a_worker_that_requires_it_starts() {
    let server = RedisServer::with(|settings| settings.append_only("always"));
    let site = Site::new();
    site.configure(&format!("[store]\nurl = {:?}\nrequire_durable = true\n", server.url()));
    site.deploy(&["echoes"]);
    let findings = doctor(&site, &server.url(), 0);
    says(&findings, "durability", "ok", "loses nothing");
    says(&findings, "required", "ok", "loses nothing");
    says(&findings, "server", "ok", "Redis 7");
    says(&findings, "role", "ok", "primary");
    says(&findings, "rights", "ok", "all that a worker does");
    says(&findings, "network", "ok", "a round trip, on this machine");
    says(&findings, "store", "ok", "can be read");
    let _worker = site.work(&[]);
    let id = site.push("guest.echoes", "1");
    site.until_state(&id, "completed");
}

#[test]
fn each_setting_is_told_with_what_it_loses_and_refused_where_durability_is_required() {
    let everysec = RedisServer::with(|settings| settings.append_only("everysec"));
    let nothing = RedisServer::start();
    let evicts = RedisServer::with(|settings| {
        settings.append_only("always").line("maxmemory", "64mb").line("maxmemory-policy", "allkeys-lru")
    });
    let site = Site::new();
    for (server, code, check, state, text) in [
        (&everysec, 0, "durability", "warn", "the last second or two"),
        (&nothing, 0, "durability", "warn", "all jobs are lost"),
        (&evicts, 1, "maxmemory", "fail", "deletes jobs"),
    ] {
        says(&doctor(&site, &server.url(), code), check, state, text);
        let refused = site.run(["work", "--require-durable", "--store", &server.url()]).expect_code(1);
        assert!(
            refused.stderr.contains("may lose acknowledged work") && refused.stderr.contains(text),
            "{refused}"
        );
        site.configure(&format!("[store]\nurl = {:?}\n", server.url()));
        let worker = site.work(&[]);
        assert!(worker.stderr().contains(text), "{}", worker.stderr());
    }
}

#[test]
fn a_sqlite_store_that_may_lose_work_is_refused_too() {
    let site = Site::new();
    site.configure("[store]\nsynchronous = \"normal\"\n");
    let refused = site.run(["work", "--require-durable"]).expect_code(1);
    assert!(refused.stderr.contains("a power cut may lose the last moments"), "{refused}");
}

#[test]
fn a_replica_and_a_node_of_a_cluster_are_told_apart_from_a_store() {
    let primary = RedisServer::start();
    let of = format!("127.0.0.1 {}", primary.port());
    let replica = RedisServer::with(|settings| settings.line("replicaof", &of));
    let site = Site::new();
    says(&doctor(&site, &replica.url(), 1), "role", "fail", "takes no writes");

    let cluster = RedisCluster::start(3);
    let slot = slot_of("{cofferdam}:head");
    let owner = cluster.primary_of(slot);
    let other = cluster.nodes().iter().find(|node| node.port() != owner.port()).expect("six nodes");
    for node in [owner, other] {
        says(&doctor(&site, &node.url(), 1), "address", "fail", "the URL names only it");
        let refused = site.run(["work", "--store", &node.url()]).expect_code(1);
        assert!(refused.stderr.contains("redis+cluster://"), "{refused}");
    }
    let url = other.url().replace("redis://", "redis+cluster://");
    let findings = doctor(&site, &url, 0);
    says(&findings, "cluster", "ok", "whole");
    says(&findings, "replicas", "warn", "comes by itself");
}

#[test]
fn what_a_user_may_not_ask_is_said_to_be_hidden() {
    let few = "~{cofferdam}:* &{cofferdam}:wake* +@all -info -config";
    let server = RedisServer::with(|settings| {
        settings.append_only("always").user("few", "secret", few).user(
            "fewer",
            "secret",
            &format!("{few} -hset"),
        )
    });
    let site = Site::new();
    let findings = doctor(&site, &server.url_of("few"), 0);
    says(&findings, "durability", "warn", "cannot be told");
    says(&findings, "rights", "ok", "all that a worker does");
    let refused = site.run(["work", "--require-durable", "--store", &server.url_of("few")]).expect_code(1);
    assert!(refused.stderr.contains("cannot be told"), "{refused}");

    says(&doctor(&site, &server.url_of("fewer"), 1), "rights", "fail", "`hset`");
    let refused = site.run(["work", "--store", &server.url_of("fewer")]).expect_code(1);
    assert!(refused.stderr.contains("`hset`") && refused.stderr.contains("OPERATING.md"), "{refused}");
}

#[test]
fn a_key_that_somebody_else_has_written_to_is_named() {
    let server = RedisServer::start();
    server.call(&["SET", "{cofferdam}:job", "somebody else's"]);
    let site = Site::new();
    says(&doctor(&site, &server.url(), 1), "keys", "fail", "`{cofferdam}:job` is no hash");
    site.configure(&format!("[store]\nurl = {:?}\n", server.url()));
    site.deploy(&["echoes"]);
    site.run(["push", "guest.echoes", "1"]).expect_code(1).says("`cofferdam doctor`").says("?name=NAME");
    let url = format!("{}?name=ours", server.url());
    says(&doctor(&site, &url, 0), "kinds", "warn", "no module is deployed");
}

#[test]
fn a_redis_store_takes_smaller_values_unless_the_operator_says_otherwise() {
    let server = RedisServer::start();
    let site = Site::new();
    site.configure(&format!("[store]\nurl = {:?}\n", server.url()));
    site.deploy(&["echoes"]);
    says(&doctor(&site, &server.url(), 0), "limits", "ok", "input up to 512KiB");
    let input = site.write("large.json", format!("\"{}\"", "x".repeat(600 << 10)));
    let push = ["push", "guest.echoes", &format!("@{}", input.display())];
    site.run(push).expect_code(1).says("at most 524288").says(&server.url()).says("`limits.input`");
    site.configure(&format!("[store]\nurl = {:?}\n[limits]\ninput = \"1MiB\"\n", server.url()));
    site.run(push).done();
    let _worker = site.work(&[]);
    let report = site.run(["push", "guest.echoes", &format!("@{}", input.display()), "--wait", "--json"]);
    let job = report.expect_code(1).json();
    assert!(job.to_string().contains("over its limit of 524288 bytes"), "{job}");
}

#[test]
fn too_many_dead_jobs_are_an_alert_and_not_a_loss() {
    let server = RedisServer::start();
    let sqlite = Site::new();
    let redis = Site::new();
    for (site, url) in [(&sqlite, "cofferdam.db".to_owned()), (&redis, server.url())] {
        site.configure(&format!("[store]\nurl = {url:?}\n[retention]\ndead_count = 1\n"));
        site.deploy(&["fails"]);
        let worker = site.work(&["--lease", "2s"]);
        for _ in 0..2 {
            let id = site.push("guest.fails", "\"kill\"");
            site.until_state(&id, "dead");
        }
        wait::until("the worker's log tells", || {
            worker.stderr().contains("more dead jobs than `retention.dead_count`").then_some(())
        });
        let listed = site.run(["dead", "list", "--json"]).done().says("none goes by itself");
        assert_eq!(listed.json_lines().len(), 2);
        let findings = site.run(["doctor", "--json"]).done().json_lines();
        says(&findings, "dead jobs", "warn", "2, more than the 1");
    }
}
