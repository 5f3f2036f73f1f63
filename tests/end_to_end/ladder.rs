//! A job that needs more than its first cap goes on under the next.

use cofferdam_tests::{Look, Site};
use serde_json::json;

#[test]
fn a_job_climbs_its_ladder_from_its_last_checkpoint() {
    let site = Site::new();
    site.deploy(&["climbs_its_ladder"]);
    let id = site.push("guest.climbs_its_ladder", "null");
    let _worker = site.work(&[]);
    let job = site.until_state(&id, "completed");
    assert_eq!(
        *job.at("output"),
        json!([4 << 20, 8 << 20, 32 << 20]),
        "each attempt knew of those before it"
    );
    let attempts = job.at("attempts").as_array().expect("attempts");
    let outcomes: Vec<&str> = attempts.iter().map(|attempt| attempt.text("outcome")).collect();
    assert_eq!(outcomes, ["memory_limit", "memory_limit", "completed"]);
    assert_eq!(attempts[1].number("memory.cap_bytes"), 8 << 20);
    assert_eq!(*attempts[2].at("resumed"), json!(true));
}

#[test]
fn a_step_that_is_larger_than_the_budget_waits_and_says_so() {
    let site = Site::new();
    site.deploy(&["climbs_its_ladder"]);
    let id = site.push("guest.climbs_its_ladder", "null");
    let mut small = site.work(&["--memory-budget", "16MiB"]);
    cofferdam_tests::wait::until("the job waits for a larger worker", || {
        let job = site.job(&id);
        let attempts = job.at("attempts").as_array().map_or(0, Vec::len);
        (attempts == 2 && job.text("state") == "available" && job.at("not_run").is_string()).then_some(())
    });
    small.signal(rustix::process::Signal::TERM);
    small.end();
    let _large = site.work(&["--memory-budget", "64MiB"]);
    site.until_state(&id, "completed");
}
