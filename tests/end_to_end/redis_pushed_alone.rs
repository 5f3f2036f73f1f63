//! Jobs that are pushed one at a time to workers that wait: each is run at once, however few slots there are.

use cofferdam_tests::{Look, OnRedis};

const JOBS: usize = 40;

/// A worker looks without a reason after two thirds of it only: what is not told is found too late.
const LEASE: &str = "300s";

#[test]
fn each_job_is_run_at_once_though_claims_are_used_up() {
    let place = OnRedis::new();
    let _workers = ["1", "2"].map(|slots| place.site.work(&["-c", slots, "--lease", LEASE]));
    let push = |id: &str| {
        place.site.run(["push", "guest.echoes", "1", "--id", id]).done();
    };
    for number in 0..JOBS {
        push(&format!("waited-for-{number}"));
        place.site.until_state(&format!("waited-for-{number}"), "completed");
    }
    for number in 0..JOBS {
        push(&format!("in-a-row-{number}"));
    }
    for number in 0..JOBS {
        place.site.until_state(&format!("in-a-row-{number}"), "completed");
    }
    for job in place.site.jobs() {
        assert_eq!(job.number("attempt"), 1, "run twice: {job:#}");
    }
}
