//! A push to a Redis that is away, full, or not ours: what it says, and that it can be repeated.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use cofferdam_servers::{RedisCluster, RedisServer, Reply, slot_of};
use cofferdam_tests::{Ended, Look, Process, Site, wait};

/// A push answers within 5 s; a busy machine may be slow to start it.
const ANSWERED_WITHIN: Duration = Duration::from_secs(7);

/// A site whose store is this server's, with a kind to push.
fn site(server: &RedisServer) -> Site {
    let site = Site::new();
    site.configure(&format!("[store]\nurl = {:?}\n", server.url()));
    site.deploy(&["echoes"]);
    site
}

/// Pushes, in vain.
#[track_caller]
fn refused(site: &Site, flags: &[&str]) -> Ended {
    let ended = site.run(["push", "guest.echoes", "1"].iter().chain(flags)).expect_code(1);
    assert!(ended.stdout.is_empty() && ended.took < ANSWERED_WITHIN, "{:?}: {ended}", ended.took);
    ended
}

#[test]
fn a_server_that_is_stopped_is_named_with_what_became_of_the_job() {
    let server = RedisServer::with(|settings| settings.append_only("always"));
    let site = site(&server);
    server.stop();
    let ended = refused(&site, &["--id", "one"]);
    assert!(ended.stderr.contains(&server.url()) && ended.stderr.contains("cannot be reached"), "{ended}");
    assert!(ended.stderr.contains("nothing was enqueued"), "{ended}");
    server.start_again();
    site.run(["push", "guest.echoes", "1", "--id", "one"]).done();
}

#[test]
fn a_server_that_hangs_is_told_apart_from_one_that_may_have_done_it() {
    let server = RedisServer::start();
    let site = site(&server);
    server.pause();
    refused(&site, &[]).says("has not answered within").says("nothing was enqueued");
    server.resume();
    // Answers all but what writes: the push is on its way when patience ends.
    server.call(&["CLIENT", "PAUSE", "60000", "WRITE"]);
    let ended = refused(&site, &[]).says("the job may have been enqueued");
    server.call(&["CLIENT", "UNPAUSE"]);
    let id = ended.stderr.split("`--id ").nth(1).and_then(|rest| rest.split('`').next()).expect("an id");
    for _ in 0..2 {
        site.run(["push", "guest.echoes", "1", "--id", id]).done();
    }
    assert_eq!(site.jobs().len(), 1, "once, whatever became of the first");
}

#[test]
fn a_server_that_loads_refuses_or_is_full_says_so_and_enqueues_nothing() {
    let server = RedisServer::with(|settings| {
        settings.line("key-load-delay", "5000").line("loading-process-events-interval-bytes", "1024")
    });
    let site = site(&server);
    server.call(&["CONFIG", "SET", "maxmemory", "1"]);
    refused(&site, &[]).says("out of memory").says("`maxmemory`").says("nothing was enqueued");
    server.call(&["CONFIG", "SET", "maxmemory", "0"]);
    server.call(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    refused(&site, &[]).says("min-replicas-to-write").says("nothing was enqueued");
    server.call(&["CONFIG", "SET", "min-replicas-to-write", "0"]);

    for key in 0..3000 {
        server.call(&["SET", &format!("other:{key}"), "somebody else's"]);
    }
    server.call(&["SAVE"]);
    server.stop();
    std::thread::scope(|scope| {
        scope.spawn(|| server.start_again());
        wait::until("the server loads", || {
            let answer = server.try_call(&["PING"]).ok()?;
            matches!(answer, Reply::Error(error) if error.starts_with("LOADING")).then_some(())
        });
        refused(&site, &[]).says("still reading its data").says("nothing was enqueued");
    });
    assert!(site.jobs().is_empty());
}

#[test]
fn a_replica_says_that_its_primary_is_to_be_named() {
    let primary = RedisServer::start();
    let site = site(&primary);
    let of = format!("127.0.0.1 {}", primary.port());
    let replica = RedisServer::with(|settings| settings.line("replicaof", &of));
    wait::until("the replica has its primary's keys", || {
        (replica.field("master_link_status") == "up").then_some(())
    });
    refused(&site, &["--store", &replica.url()]).says("is a replica").says("nothing was enqueued");
}

#[test]
fn whom_the_server_does_not_let_in_or_not_do_it_is_told() {
    let some = "~{cofferdam}:* &{cofferdam}:wake* +@all -evalsha -eval";
    let keys = "~other:* +@all";
    let server = RedisServer::with(|settings| {
        settings.password("right").user("few", "secret", some).user("others", "secret", keys)
    });
    let site = site(&server);
    for (url, says) in [
        (server.url().replace("right", "wrong"), "check the user and the password"),
        (server.url().replace(":right@", ""), "check the user and the password"),
        (server.url_of("few"), "docs/OPERATING.md"),
        (server.url_of("others"), "docs/OPERATING.md"),
    ] {
        let ended = refused(&site, &["--store", &url]).says("does not let").says(says);
        assert!(!ended.stderr.contains("right") && !ended.stderr.contains("secret"), "{ended}");
    }
    assert!(site.jobs().is_empty());
}

#[test]
fn a_wrong_address_is_told_with_what_is_there_instead() {
    let plain = RedisServer::start();
    let tls = RedisServer::with(|settings| settings.tls());
    let site = site(&plain);
    let nobody = "redis://no-such-host.invalid".to_owned();
    for (url, says) in [
        (nobody, "check the host"),
        (plain.url().replace("redis://", "rediss://"), "speak TLS"),
        (tls.url().replace("rediss://", "redis://"), "`rediss`"),
        (tls.url(), "SSL_CERT_FILE"),
        (format!("{}/99", plain.url()), "no such database"),
        (plain.url().replace("redis://", "redis+cluster://"), "is not a Cluster"),
    ] {
        refused(&site, &["--store", &url]).says(says);
    }
    let cluster = RedisCluster::start(3);
    let owner = cluster.primary_of(slot_of("{cofferdam}:head")).port();
    let other = cluster.nodes().iter().find(|node| node.port() != owner).expect("six nodes");
    refused(&site, &["--store", &other.url()]).says("redis+cluster://");
}

#[test]
fn a_push_whose_first_answer_was_lost_is_one_push() {
    let server = RedisServer::start();
    let site = site(&server);
    // The server knows the script from here on: the next push is one request.
    site.push("guest.echoes", "0");
    let (port, cut) = proxy_that_cuts_the_first_push(server.port());
    let url = format!("redis://127.0.0.1:{port}");
    let mut push =
        Process::start(&mut site.command(["push", "guest.echoes", "1", "--json", "--store", &url]));
    let ended = push.end().done();
    cut.try_recv().expect("the answer was cut off");
    assert!(ended.json().at("enqueued") == true && !ended.stderr.contains("already"), "{ended}");
    assert_eq!(site.jobs().len(), 2);
}

/// Passes everything on, but for the first answer to a script: that is thrown away, told of, and
/// the connection closed.
fn proxy_that_cuts_the_first_push(server: u16) -> (u16, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("a port").port();
    let (told, cut) = channel();
    let mut told = Some(told);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.expect("a connection");
            let mut upstream = TcpStream::connect(("127.0.0.1", server)).expect("the server listens");
            let (mut request, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
            while let Ok(asked @ 1..) = client.read(&mut request) {
                upstream.write_all(&request[..asked]).expect("the server reads");
                let answered = upstream.read(&mut answer).expect("the server answers");
                let is_script = request[..asked].windows(7).any(|word| word == b"EVALSHA");
                if let Some(told) = told.take_if(|_| is_script) {
                    told.send(()).expect("the test listens");
                    break;
                }
                client.write_all(&answer[..answered]).expect("the client reads");
            }
        }
    });
    (port, cut)
}
