//! Effects belong to their checkpoint: none is lost, none is done twice.

use std::collections::BTreeSet;

use cofferdam_tests::{Look, Site};

#[test]
fn children_are_enqueued_exactly_once_though_their_parent_panicked_on_its_way() {
    let site = Site::new();
    site.deploy(&["enqueues_children", "echoes"]);
    let _worker = site.work(&[]);
    let id = site.push("guest.enqueues_children", r#"{"children":6,"panic_after":3}"#);
    let halfway = site.until_state(&id, "retryable");
    assert_eq!(halfway.text("outcome"), "panicked");
    let children = |site: &Site| -> Vec<String> {
        let jobs = site.run(["jobs", "list", "--kind", "guest.echoes", "--json"]).done().json_lines();
        jobs.iter().map(|job| job.text("id").to_owned()).collect()
    };
    assert_eq!(children(&site).len(), 3, "those of its last checkpoint, and not the one after it");
    site.run(["jobs", "retry", &id]).done();
    site.until_state(&id, "completed");
    let all = children(&site);
    assert_eq!(all.len(), 6);
    let inputs: BTreeSet<String> =
        all.iter().map(|child| site.until_state(child, "completed").text("output").to_owned()).collect();
    assert_eq!(inputs, (0..6).map(|n| n.to_string()).collect());
    let parents: BTreeSet<String> =
        all.iter().map(|child| site.job(child).text("parent").to_owned()).collect();
    assert_eq!(parents, BTreeSet::from([id]));
}

#[test]
fn appended_parts_are_cut_back_to_the_checkpoint_on_resume() {
    let site = Site::new();
    site.deploy(&["appends_parts"]);
    let _worker = site.work(&[]);
    let id = site.push("guest.appends_parts", r#"{"rows":7,"panic_after":4}"#);
    site.until_state(&id, "retryable");
    site.run(["jobs", "retry", &id]).done();
    site.until_state(&id, "completed");
    let part = |name: &str| site.run(["jobs", "output", &id, "--part", name]).done().stdout;
    assert_eq!(part("even"), "0\n2\n4\n6\n");
    assert_eq!(part("odd"), "1\n3\n5\n");
}

#[test]
fn what_a_job_logged_and_how_far_it_is_can_be_read() {
    let site = Site::new();
    site.deploy(&["reports_progress"]);
    let _worker = site.work(&[]);
    let id = site.push("guest.reports_progress", "null");
    let job = site.until_state(&id, "completed");
    assert_eq!((job.number("progress.done"), job.text("progress.message")), (10, "row 10"));
    let logs = site.run(["jobs", "logs", &id]).done().stdout;
    for line in ["an error", "a warning", "a remark"] {
        assert!(logs.contains(line), "{logs}");
    }
}
