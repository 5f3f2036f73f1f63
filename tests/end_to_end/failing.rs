//! How a job's own failures end: retried, discarded, dead, snoozed.

use cofferdam_tests::{Look, Site};

#[test]
fn every_class_of_failure_leads_to_its_state() {
    let site = Site::new();
    site.deploy(&["fails"]);
    let _worker = site.work(&[]);
    let push = |class: &str| site.push("guest.fails", &format!("{class:?}"));
    let retry = site.until_state(&push("retry"), "retryable");
    assert_eq!((retry.text("outcome"), retry.number("attempt")), ("failed", 1));
    let discarded = site.until_state(&push("discard"), "discarded");
    assert!(discarded.text("reason").contains("failed as `discard`"));
    let killed = site.until_state(&push("kill"), "dead");
    assert_eq!(killed.number("attempt"), 1, "not retried");
    // retries = 1: once more after 100 ms, then dead.
    let again = site.until_state(&push("retry_in"), "dead");
    assert_eq!(again.number("attempt"), 2);
    assert!(again.text("reason").contains("after 1 retries"), "{again:#}");
}

#[test]
fn a_snoozed_job_comes_back_and_it_is_no_failure() {
    let site = Site::new();
    site.deploy(&["fails"]);
    let _worker = site.work(&[]);
    let id = site.push("guest.fails", "\"snooze\"");
    cofferdam_tests::wait::until("it snoozed more often than its retries", || {
        (site.job(&id).number("attempt") > 3).then_some(())
    });
    site.run(["jobs", "cancel", &id]).done();
    site.until_state(&id, "cancelled");
}

#[test]
fn an_input_of_the_wrong_type_is_dead_at_once() {
    let site = Site::new();
    site.deploy(&["wants_rows"]);
    let _worker = site.work(&[]);
    let id = site.push("guest.wants_rows", r#"{"table":{"rows":["x"]}}"#);
    let job = site.until_state(&id, "dead");
    assert_eq!((job.number("attempt"), job.text("outcome")), (1, "failed"));
    assert!(job.text("reason").contains("table.rows[0]"), "{job:#}");
}

#[test]
fn the_dead_are_listed_retried_and_deleted() {
    let site = Site::new();
    site.deploy(&["fails"]);
    let worker = site.work(&[]);
    let ids: Vec<String> = (0..2).map(|_| site.push("guest.fails", "\"kill\"")).collect();
    for id in &ids {
        site.until_state(id, "dead");
    }
    assert_eq!(site.run(["dead", "list", "--json"]).done().json_lines().len(), 2);
    drop(worker);
    site.run(["dead", "retry", &ids[0]]).done();
    assert_eq!(site.job(&ids[0]).text("state"), "available");
    site.run(["dead", "delete", &ids[1]]).done();
    assert_eq!(site.jobs().len(), 1);
}

#[test]
fn all_that_are_dead_are_retried_once_though_they_die_again_meanwhile() {
    const JOBS: usize = 2_500;
    let site = Site::new();
    site.deploy(&["fails"]);
    let lines = "{\"kind\": \"guest.fails\", \"input\": \"kill\"}\n".repeat(JOBS);
    let file = site.write("jobs.ndjson", lines);
    site.run(["push", "--bulk", file.to_str().expect("UTF-8")]).done();
    let _worker = site.work(&[]);
    // All of them, each after so many attempts and not one more.
    let all_are_dead_after = |attempts: u64| {
        let jobs = cofferdam_tests::wait::until("all are dead", || {
            let listed = site.run(["jobs", "list", "--state", "dead", "--limit", "10000", "--json"]).done();
            let jobs = listed.json_lines();
            (jobs.iter().filter(|job| job.number("attempt") >= attempts).count() == JOBS).then_some(jobs)
        });
        let others: Vec<_> = jobs.iter().filter(|job| job.number("attempt") != attempts).collect();
        assert!(others.is_empty(), "{others:#?}");
    };
    all_are_dead_after(1);
    let said = site.run(["dead", "retry", "--all"]).done();
    assert!(said.stdout.starts_with("2500 dead job(s)"), "{said}");
    all_are_dead_after(2);
}
