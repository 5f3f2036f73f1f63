//! SIGKILL: nothing that was durable is lost, and nobody waits for long.

use std::time::Instant;

use cofferdam_tests::{Look, Site, ledger, wait};

const LONG: &str = r#"{"to":4000,"rounds":20000,"durable_every":50,"append":true}"#;

#[track_caller]
fn until_durable(site: &Site, id: &str) {
    wait::until("it has made a checkpoint durable", || {
        ledger::read(site, id).iter().any(|entry| entry.word == "durable").then_some(())
    });
}

#[test]
fn a_killed_worker_s_job_goes_on_where_another_one_lives() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let id = site.push("guest.counts", LONG);
    // A lease far longer than this test: only the proof of death can give the job back in time.
    let mut first = site.work(&["--lease", "10m"]);
    until_durable(&site, &id);
    let _second = site.work(&["--lease", "10m"]);
    first.kill();
    let killed = Instant::now();
    wait::until("the other worker takes it", || (site.job(&id).number("attempt") == 2).then_some(()));
    assert!(killed.elapsed().as_secs() < 30, "not by the end of a lease");
    check_completed(&site, &id);
}

#[test]
fn a_killed_worker_s_job_goes_on_when_the_worker_is_started_again() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let id = site.push("guest.counts", LONG);
    let mut first = site.work(&[]);
    until_durable(&site, &id);
    first.kill();
    let _again = site.work(&[]);
    check_completed(&site, &id);
}

#[track_caller]
fn check_completed(site: &Site, id: &str) {
    let job = site.until_state(id, "completed");
    assert_eq!(job.number("output.steps"), 4000);
    let attempts = job.at("attempts").as_array().expect("attempts");
    assert_eq!(attempts[0].text("outcome"), "worker_lost");
    assert!(attempts.last().is_some_and(|last| *last.at("resumed") == true), "{job:#}");
    ledger::check_nothing_durable_was_lost(id, &ledger::read(site, id));
    let steps = site.run(["jobs", "output", id, "--part", "steps"]).done().stdout;
    let expected: String = (0..4000_u32).map(|step| char::from(b'a' + (step % 26) as u8)).collect();
    assert_eq!(steps.trim_end(), expected, "cut back on resume: every step is there once, in order");
}
