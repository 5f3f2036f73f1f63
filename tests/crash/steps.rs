//! One death at each named step.

use cofferdam_tests::{Process, Site, guest, wait};
use rustix::process::Signal;

use crate::Account;

/// The worker dies at this step, when it comes there for the `nth` time; another one
/// finishes what it left.
#[track_caller]
fn dies_at(step: &str, nth: u32) {
    let site = Site::new();
    site.deploy(&["counts"]);
    let account = Account::push(&site, "job", 6, 200);
    let at = format!("{step}:{nth}");
    // Started directly: it may die before it could be seen.
    let mut doomed = Process::start(site.command(["work", "-c", "3"]).env("COFFERDAM_KILL_AT", &at));
    let ended = doomed.end();
    assert_eq!(ended.code, 128 + 9, "it dies at `{at}`\n{ended}");
    assert!(!account.is_done(&site), "attempts were left");
    let _heir = site.work(&["-c", "3"]);
    account.close(&site);
}

#[test]
fn nothing_is_lost_when_it_dies_after_a_claim() {
    dies_at("claimed", 1);
    dies_at("claimed", 2);
}

#[test]
fn nothing_is_lost_when_it_dies_before_a_commit() {
    dies_at("before_commit", 1);
    dies_at("before_commit", 6);
}

#[test]
fn nothing_is_lost_when_it_dies_with_a_commit_on_its_way() {
    dies_at("commit_sent", 1);
    dies_at("commit_sent", 6);
}

#[test]
fn nothing_is_lost_when_it_dies_after_a_commit() {
    dies_at("after_commit", 1);
    dies_at("after_commit", 6);
}

#[test]
fn nothing_is_lost_when_it_dies_in_the_middle_of_a_group() {
    dies_at("in_group", 1);
    dies_at("in_group", 6);
}

#[test]
fn nothing_is_lost_when_it_dies_while_compiling() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let account = Account::push(&site, "job", 3, 100);
    let cache = site.path("cache");
    let private = |command: &mut std::process::Command| {
        command.env("COFFERDAM_CACHE_DIR", &cache);
    };
    let mut command = site.command(["work"]);
    private(&mut command);
    let mut doomed = Process::start(command.env("COFFERDAM_KILL_AT", "loading"));
    assert_eq!(doomed.end().code, 128 + 9);
    // The same cache: what was left in it must not be taken for a module.
    let _heir = site.work_with(&[], &[("COFFERDAM_CACHE_DIR", cache.to_str().expect("UTF-8"))]);
    account.close(&site);
}

#[test]
fn nothing_is_lost_when_it_dies_while_draining() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let account = Account::push(&site, "job", 4, 400);
    let mut command = site.command(["work", "-c", "4"]);
    let mut doomed = Process::start(command.env("COFFERDAM_KILL_AT", "draining"));
    wait::until("attempts run", || account.is_running(&site).then_some(()));
    doomed.signal(Signal::TERM);
    assert_eq!(doomed.end().code, 128 + 9);
    let _heir = site.work(&["-c", "4"]);
    account.close(&site);
}

#[test]
fn a_deploy_that_dies_leaves_the_old_module_or_the_new_one_and_jobs_go_on() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let account = Account::push(&site, "job", 4, 200);
    let mut worker = site.work(&["-c", "4"]);
    let module = guest("counts");
    let module = module.to_str().expect("UTF-8");
    // Another manifest makes it another deployment of the same kind.
    let mut command = site.command(["deploy", module, "--retries", "7"]);
    let mut doomed = Process::start(command.env("COFFERDAM_KILL_AT", "deploying"));
    assert_eq!(doomed.end().code, 128 + 9);
    site.run(["deploy", module, "--retries", "7"]).done();
    account.close(&site);
    assert!(!worker.has_ended(), "the worker did not notice");
}
