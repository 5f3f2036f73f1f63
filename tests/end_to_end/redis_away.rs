//! Redis goes away: stopped, killed, a replica for a while, out of memory or disk. Running jobs go on for as
//! long as their lease can still be valid; then work is interrupted here, and goes on when
//! the server is back. The log says it once.

use cofferdam_tests::{Look, OnRedis, Process, RedisServer, Worker, lines_with, wait};
use serde_json::Value;

/// A server that is away is noticed after 2 s; this leaves as much again before the lease is over.
const LONG_LEASE: [&str; 2] = ["--lease", "10s"];
const SHORT_LEASE: [&str; 2] = ["--lease", "2s"];
const NOTICED: &str = "trying again";
const LOST: &str = "lease lost";

#[track_caller]
fn check_uninterrupted(job: &Value, worker: &Worker) {
    let attempts = job.at("attempts").as_array().expect("attempts");
    assert_eq!((job.number("attempt"), attempts.len()), (1, 1), "{job:#}");
    assert!(!worker.stderr().contains(LOST), "{}", worker.stderr());
}

#[track_caller]
fn check_resumed(job: &Value) {
    let attempts = job.at("attempts").as_array().expect("attempts");
    assert!(attempts.len() > 1, "{job:#}");
    for attempt in &attempts[..attempts.len() - 1] {
        // Not as one of a worker that died: three of those would end the job.
        assert_eq!(attempt.text("outcome"), "interrupted", "{job:#}");
    }
    assert!(attempts.last().is_some_and(|last| *last.at("resumed") == true), "{job:#}");
    assert_eq!(job.number("counters.crashes"), 0, "{job:#}");
}

#[test]
fn a_server_that_hangs_for_less_than_the_lease_interrupts_nothing() {
    let place = OnRedis::new();
    let worker = place.site.work(&LONG_LEASE);
    let id = place.counts_long();
    place.until_it_goes_on(&id);
    place.server.pause();
    place.until_logged(&worker, NOTICED);
    place.server.resume();
    check_uninterrupted(&place.until_counted(&id), &worker);
}

#[test]
fn a_server_that_is_killed_and_started_again_within_the_lease_interrupts_nothing() {
    let place = OnRedis::new();
    let worker = place.site.work(&LONG_LEASE);
    let id = place.counts_long();
    place.until_it_goes_on(&id);
    place.server.kill();
    place.until_logged(&worker, NOTICED);
    place.server.start_again();
    check_uninterrupted(&place.until_counted(&id), &worker);
}

#[test]
fn a_server_that_is_away_for_longer_than_the_lease_interrupts_and_the_job_goes_on_afterwards() {
    let place = OnRedis::new();
    let worker = place.site.work(&SHORT_LEASE);
    let id = place.counts_long();
    place.until_it_goes_on(&id);
    let mut follower = Process::start(&mut place.site.command(["jobs", "logs", "--follow", &id]));
    place.server.kill();
    place.until_logged(&worker, LOST);
    place.server.start_again();
    check_resumed(&place.until_counted(&id));
    // Whoever looked on sees the end, too.
    follower.end().done();
    assert!(lines_with(&worker.stderr(), NOTICED) <= 3, "{}", worker.stderr());
}

#[test]
fn calls_that_a_hanging_server_answers_after_the_lease_write_nothing_twice() {
    let place = OnRedis::new();
    let worker = place.site.work(&SHORT_LEASE);
    let id = place.counts_long();
    place.until_it_goes_on(&id);
    // What is sent now waits in its sockets, and is done when it goes on.
    place.server.pause();
    place.until_logged(&worker, LOST);
    place.server.resume();
    check_resumed(&place.until_counted(&id));
}

#[test]
fn a_server_that_becomes_a_replica_and_a_primary_again_interrupts_nothing() {
    let place = OnRedis::new();
    let worker = place.site.work(&LONG_LEASE);
    let id = place.counts_long();
    place.until_it_goes_on(&id);
    // Of a primary that is not there: it keeps what it has, and takes no writes.
    place.server.call(&["REPLICAOF", "127.0.0.1", "1"]);
    wait::until("it has refused some writes", || (place.refused("READONLY") >= 5).then_some(()));
    place.server.call(&["REPLICAOF", "NO", "ONE"]);
    check_uninterrupted(&place.until_counted(&id), &worker);
    assert!(worker.stderr().contains("is a replica and takes no writes"), "{}", worker.stderr());
    check_said_once(&worker);
}

#[test]
fn a_server_that_is_out_of_memory_interrupts_nothing_however_long_it_takes() {
    let place = OnRedis::new();
    // Shorter than this takes: a renewal needs no memory.
    let worker = place.site.work(&["--lease", "5s"]);
    let id = place.counts_long();
    place.until_it_goes_on(&id);
    place.server.call(&["CONFIG", "SET", "maxmemory", "1"]);
    wait::until("it has refused many writes", || (place.refused("OOM") >= 15).then_some(()));
    let pushed = place.site.run(["push", "guest.echoes", "1"]);
    assert_ne!(pushed.code, 0, "{pushed}");
    pushed.says("out of memory");
    place.server.call(&["CONFIG", "SET", "maxmemory", "0"]);
    check_uninterrupted(&place.until_counted(&id), &worker);
    check_said_once(&worker);
    assert!(worker.stderr().contains("raise its `maxmemory`"), "{}", worker.stderr());
}

#[test]
fn a_server_that_cannot_write_its_snapshots_interrupts_nothing() {
    let place = OnRedis::on(RedisServer::with(|settings| settings.line("enable-protected-configs", "yes")));
    let worker = place.site.work(&LONG_LEASE);
    let id = place.counts_long();
    place.until_it_goes_on(&id);
    // Once a snapshot has failed, for want of a directory, it takes no writes.
    let gone = place.server.path("gone");
    std::fs::create_dir(&gone).expect("a directory");
    place.server.call(&["CONFIG", "SET", "dir", gone.to_str().expect("UTF-8"), "save", "3600 1"]);
    std::fs::remove_dir(&gone).expect("it is empty");
    place.server.call(&["BGSAVE"]);
    wait::until("it has refused some writes", || (place.refused("MISCONF") >= 5).then_some(()));
    let pushed = place.site.run(["push", "guest.echoes", "1"]);
    assert_ne!(pushed.code, 0, "{pushed}");
    pushed.says("cannot write to its disk");
    place.server.call(&["CONFIG", "SET", "save", ""]);
    check_uninterrupted(&place.until_counted(&id), &worker);
    check_said_once(&worker);
}

/// However often it was refused: that it does not get through, and that it does again.
#[track_caller]
fn check_said_once(worker: &Worker) {
    let log = worker.stderr();
    assert!((1..=3).contains(&lines_with(&log, NOTICED)), "the exchange, the heartbeat, the upkeep:\n{log}");
    assert_eq!(lines_with(&log, "the store answers again"), 1, "{log}");
}

#[test]
fn a_server_that_forgets_its_scripts_is_given_them_again_and_nobody_notices() {
    let place = OnRedis::new();
    let worker = place.site.work(&LONG_LEASE);
    let id = place.counts_long();
    for _ in 0..5 {
        place.until_it_goes_on(&id);
        place.server.call(&["SCRIPT", "FLUSH"]);
    }
    check_uninterrupted(&place.until_counted(&id), &worker);
    assert!(!worker.stderr().contains(NOTICED), "{}", worker.stderr());
}
