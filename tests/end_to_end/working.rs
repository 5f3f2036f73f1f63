//! A worker's daily work: many jobs, several workers, queues in order.

use cofferdam_tests::{Look, Site, wait};

#[test]
fn two_workers_share_many_jobs_and_each_is_run_once() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let lines: Vec<String> =
        (0..300).map(|n| format!(r#"{{"kind":"guest.echoes","input":{n},"id":"job-{n}"}}"#)).collect();
    let _workers = [site.work(&["-c", "4"]), site.work(&["-c", "4"])];
    let file = site.write("jobs.ndjson", lines.join("\n"));
    site.run(["push", "--bulk", file.to_str().expect("UTF-8")]).done();
    wait::until("all are completed", || {
        let completed =
            site.run(["jobs", "list", "--state", "completed", "--limit", "1000", "--json"]).done();
        (completed.stdout.lines().count() == 300).then_some(())
    });
    for job in site.jobs() {
        assert_eq!(job.number("attempt"), 1, "{job:#}");
    }
    assert_eq!(site.job("job-217").text("output"), "217");
}

#[test]
fn strict_queues_are_served_in_their_order() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let late: Vec<String> =
        (0..10).map(|n| site.push_with("guest.echoes", &n.to_string(), &["-q", "low"])).collect();
    let first: Vec<String> =
        (0..10).map(|n| site.push_with("guest.echoes", &n.to_string(), &["-q", "high"])).collect();
    let _worker = site.work(&["-q", "high,low", "-c", "1"]);
    let finished = |ids: &[String]| -> Vec<String> {
        ids.iter().map(|id| site.until_state(id, "completed").text("started_at").to_owned()).collect()
    };
    let (first, late) = (finished(&first), finished(&late));
    assert!(first.iter().max() <= late.iter().min(), "{first:?} before {late:?}");
}

#[test]
fn a_job_that_is_due_later_waits_for_its_time() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let _worker = site.work(&[]);
    let soon = site.push_with("guest.echoes", "1", &["--in", "300ms"]);
    let far = site.push_with("guest.echoes", "2", &["--in", "1h"]);
    let job = site.until_state(&soon, "completed");
    assert!(job.text("started_at") > job.text("enqueued_at"));
    assert_eq!(site.job(&far).text("state"), "scheduled");
}

#[test]
fn a_budget_is_never_exceeded_and_everything_completes_within_it() {
    let site = Site::new();
    site.deploy(&["counts"]);
    // 4 MiB and the allowance of 4 MiB each: two at once.
    let ids: Vec<String> = (0..6).map(|_| site.push("guest.counts", r#"{"to":100,"rounds":5000}"#)).collect();
    let _worker = site.work(&["-c", "16", "--memory-budget", "17MiB"]);
    wait::until("all are completed", || {
        let workers = site.run(["workers", "list", "--json"]).done().json_lines();
        for worker in &workers {
            assert!(worker.number("reserved_bytes") <= 17 << 20, "{worker:#}");
        }
        ids.iter().all(|id| site.job(id).text("state") == "completed").then_some(())
    });
}
