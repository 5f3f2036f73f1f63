//! TERM: every job ends inside its next checkpoint, and the process is gone in time.

use std::time::Duration;

use cofferdam_tests::{Look, Site, ledger, wait};
use rustix::process::Signal;

/// The process is gone within the timeout and two seconds, on an idle machine; on a busy
/// one it gets as much again.
fn bound(timeout_s: u64) -> Duration {
    Duration::from_secs(2 * (timeout_s + 2))
}

#[track_caller]
fn until_running(site: &Site, id: &str) {
    wait::until("it has made a checkpoint durable", || {
        let job = site.job(id);
        (job.text("state") == "running" && job.number("checkpoint_count") > 0).then_some(())
    });
}

#[test]
fn a_drain_ends_jobs_at_their_checkpoint_and_they_lose_nothing() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let input = r#"{"to":3000,"rounds":20000,"durable_every":100,"append":true}"#;
    let ids: Vec<String> = (0..4).map(|_| site.push("guest.counts", input)).collect();
    let mut worker = site.work(&["-c", "4"]);
    until_running(&site, &ids[0]);
    worker.signal(Signal::TERM);
    worker.end_within(bound(25)).done();
    let mut interrupted = 0;
    for id in &ids {
        let job = site.job(id);
        if job.text("state") == "available" && job.number("attempt") > 0 {
            interrupted += 1;
            assert_eq!(job.text("outcome"), "interrupted", "{job:#}");
        }
    }
    assert!(interrupted > 0, "at least one was interrupted");
    let _worker = site.work(&["-c", "4"]);
    for id in &ids {
        let job = site.until_state(id, "completed");
        assert_eq!(job.number("output.steps"), 3000);
        assert_eq!(job.at("counters.failures").as_u64().unwrap_or(0), 0, "an interruption is no failure");
        ledger::check_nothing_durable_was_lost(id, &ledger::read(&site, id));
        let steps = site.run(["jobs", "output", id, "--part", "steps"]).done().stdout;
        assert_eq!(steps.trim_end().len(), 3000, "every step is there once");
    }
}

#[test]
fn what_never_checkpoints_is_dropped_at_the_timeout_and_named() {
    let site = Site::new();
    site.deploy(&["spins", "sleeps", "calls_the_host_for_ever"]);
    let ids = ["spins", "sleeps", "calls_the_host_for_ever"]
        .map(|guest| site.push(&format!("guest.{guest}"), "null"));
    let mut worker = site.work(&["-t", "1s"]);
    for id in &ids {
        site.until_state(id, "running");
    }
    let begun = std::time::Instant::now();
    worker.signal(Signal::TERM);
    let ended = worker.end_within(bound(1));
    assert!(begun.elapsed() >= Duration::from_millis(900), "they had their time");
    for id in &ids {
        assert!(ended.stderr.contains(id), "it says what work was lost\n{ended}");
        let job = site.job(id);
        assert_eq!((job.text("state"), job.text("outcome")), ("available", "interrupted"), "{job:#}");
    }
}

#[test]
fn a_second_term_ends_it_at_once() {
    let site = Site::new();
    site.deploy(&["spins"]);
    let id = site.push("guest.spins", "null");
    let mut worker = site.work(&["-t", "1h"]);
    site.until_state(&id, "running");
    worker.signal(Signal::TERM);
    wait::until("the drain begins", || {
        let workers = site.run(["workers", "list", "--json"]).done().json_lines();
        workers.iter().all(|worker| worker["quiet"] == true).then_some(())
    });
    worker.signal(Signal::TERM);
    worker.end_within(bound(0) + Duration::from_secs(4));
    assert_eq!(site.job(&id).text("state"), "available");
}

#[test]
fn a_job_that_asks_for_it_may_finish_first() {
    let site = Site::new();
    site.deploy(&["finishes_first"]);
    let id = site.push("guest.finishes_first", "null");
    let mut worker = site.work(&["-t", "50s"]);
    wait::until("it began", || site.path("ledger/began").exists().then_some(()));
    worker.signal(Signal::TERM);
    wait::until("the drain begins", || {
        let workers = site.run(["workers", "list", "--json"]).done().json_lines();
        workers.iter().all(|worker| worker["quiet"] == true).then_some(())
    });
    assert_eq!(site.job(&id).text("state"), "running");
    site.write("ledger/finish", "");
    worker.end_within(bound(25)).done();
    let job = site.job(&id);
    assert_eq!((job.text("state"), job.number("attempt")), ("completed", 1));
}
