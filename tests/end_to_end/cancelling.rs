//! Cancelling, in every state.

use std::time::Instant;

use cofferdam_tests::{Look, Site};

#[test]
fn a_running_job_is_cancelled_at_once_whatever_it_does() {
    let site = Site::new();
    let guests = ["spins", "sleeps", "checkpoints_for_ever", "calls_the_host_for_ever"];
    site.deploy(&guests);
    let mut worker = site.work(&[]);
    for guest in guests {
        let id = site.push(&format!("guest.{guest}"), "null");
        site.until_state(&id, "running");
        let asked = Instant::now();
        site.run(["jobs", "cancel", &id]).done();
        let job = site.until_state(&id, "cancelled");
        // 50 ms on an idle machine, and two command lines; far less than any heartbeat.
        assert!(asked.elapsed().as_secs() < 4, "{guest}: {:?}", asked.elapsed());
        assert_eq!(job.text("outcome"), "cancelled");
    }
    assert!(!worker.has_ended());
}

#[test]
fn a_job_that_has_not_begun_is_cancelled_and_can_be_retried() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let available = site.push("guest.echoes", "1");
    let scheduled = site.push_with("guest.echoes", "2", &["--in", "1h"]);
    for id in [&available, &scheduled] {
        site.run(["jobs", "cancel", id]).done();
        assert_eq!(site.job(id).text("state"), "cancelled");
    }
    let _worker = site.work(&[]);
    site.run(["jobs", "retry", &scheduled]).done();
    assert_eq!(site.until_state(&scheduled, "completed").text("output"), "2");
    assert_eq!(site.job(&available).text("state"), "cancelled");
}

#[test]
fn cancelling_what_is_not_there_says_so() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let ended = site.run(["jobs", "cancel", "nobody"]).expect_code(1);
    assert!(ended.stderr.contains("nobody"), "{ended}");
}
