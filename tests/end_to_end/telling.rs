//! What is said of jobs that are not run: by `doctor`, by a list, by a worker's log.

use cofferdam_tests::{Ended, Look, Site, wait};

#[track_caller]
fn prints(ended: &Ended, texts: &[&str]) {
    for text in texts {
        assert!(ended.stdout.contains(text), "`{text}` is not in {ended}");
    }
}

#[test]
fn a_healthy_place_is_healthy() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    site.run(["doctor"]).done();
}

#[test]
fn a_queue_that_nobody_serves_is_named_with_what_to_start() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let _worker = site.work(&["-q", "default"]);
    site.push_with("guest.echoes", "1", &["--queue", "slow"]);
    let said = site.run(["doctor"]).done();
    prints(&said, &["`slow` has no live worker, 1 job(s) wait in it", "cofferdam work -q slow"]);
}

#[test]
fn jobs_that_wait_because_every_worker_is_quiet_are_told() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let _worker = site.work(&[]);
    site.run(["workers", "quiet", "--all"]).done();
    wait::until("it is quiet", || {
        let workers = site.run(["workers", "list", "--json"]).done().json_lines();
        workers.iter().all(|worker| worker["quiet"] == true).then_some(())
    });
    site.push("guest.echoes", "1");
    let said = site.run(["doctor"]).done();
    prints(&said, &["`default` is not being worked on, 1 job(s) wait in it", "workers quiet --all --undo"]);
}

#[test]
fn a_list_and_the_log_say_why_a_job_is_tried_again() {
    let site = Site::new();
    site.deploy(&["fails"]);
    let id = site.push("guest.fails", "\"retry\"");
    let worker = site.work(&[]);
    let job = site.until_state(&id, "retryable");
    assert!(job.text("reason").contains("failed as `retry`"), "{job:#}");
    prints(&site.run(["jobs", "list", "--state", "retryable"]).done(), &["failed as `retry`"]);
    wait::until("its worker has logged it", || {
        worker.stderr().contains("reason=\"failed as `retry`\"").then_some(())
    });
}
