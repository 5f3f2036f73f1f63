//! TSTP, CONT and TTIN, and the orders that do the same through the store.

use cofferdam_tests::{Look, Site, Worker, wait};
use rustix::process::Signal;

#[track_caller]
fn until_quiet(site: &Site, quiet: bool) {
    wait::until(&format!("quiet is {quiet}"), || {
        let workers = site.run(["workers", "list", "--json"]).done().json_lines();
        workers.iter().all(|worker| worker["quiet"] == quiet).then_some(())
    });
}

/// Runs one job to show that the worker is awake, then pushes one that it must not take.
#[track_caller]
fn stays_available(site: &Site, worker: &mut Worker) -> String {
    let id = site.push("guest.echoes", "1");
    // A round trip through the worker's own heartbeat: it has had its chance to claim.
    until_quiet(site, true);
    assert!(!worker.has_ended());
    assert_eq!(site.job(&id).text("state"), "available");
    id
}

#[test]
fn a_quiet_worker_takes_no_new_jobs_until_it_is_told_to_go_on() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let mut worker = site.work(&[]);
    site.until_state(&site.push("guest.echoes", "0"), "completed");
    worker.signal(Signal::TSTP);
    until_quiet(&site, true);
    let id = stays_available(&site, &mut worker);
    worker.signal(Signal::CONT);
    site.until_state(&id, "completed");
    until_quiet(&site, false);
}

#[test]
fn workers_are_quieted_and_stopped_through_the_store() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let mut worker = site.work(&[]);
    site.run(["workers", "quiet", "--all"]).done();
    until_quiet(&site, true);
    stays_available(&site, &mut worker);
    site.run(["workers", "stop", "--all"]).done();
    worker.end().done();
}

#[test]
fn a_paused_queue_is_not_served_and_the_others_are() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    site.run(["queues", "pause", "slow"]).done();
    let _worker = site.work(&[]);
    let paused = site.push_with("guest.echoes", "1", &["--queue", "slow"]);
    site.until_state(&site.push("guest.echoes", "2"), "completed");
    assert_eq!(site.job(&paused).text("state"), "available");
    site.run(["queues", "resume", "slow"]).done();
    site.until_state(&paused, "completed");
}

#[test]
fn ttin_prints_what_runs() {
    let site = Site::new();
    site.deploy(&["checkpoints_for_ever"]);
    let id = site.push("guest.checkpoints_for_ever", "null");
    let mut worker = site.work(&[]);
    wait::until("it has made a checkpoint", || (site.job(&id).number("checkpoint_count") > 0).then_some(()));
    worker.signal(Signal::TTIN);
    wait::until("the job, its memory, its fuel and its checkpoint's age are printed", || {
        let said = worker.stderr();
        let line = said.lines().find(|line| line.contains(&id) && line.contains("fuel"))?;
        (line.contains("memory") && line.contains("checkpoint")).then_some(())
    });
}
