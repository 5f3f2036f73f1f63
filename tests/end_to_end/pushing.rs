//! Pushing one job and many, and the errors that enqueue nothing.

use cofferdam_tests::{Look, Site};

#[test]
fn a_bulk_file_is_enqueued_wholly_or_not_at_all() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let mut lines: Vec<String> =
        (0..500).map(|n| format!(r#"{{"kind":"guest.echoes","input":{n}}}"#)).collect();
    let good = site.write("good.ndjson", lines.join("\n"));
    for (broken, complaint) in [
        (r#"{"kind":"guest.echo","input":1}"#, "guest.echoes"),
        (r#"{"kind":"guest.echoes","inptu":1}"#, "inptu"),
        (r#"{"kind":"guest.echoes","input":1"#, "JSON"),
    ] {
        lines.insert(321, broken.to_owned());
        let bad = site.write("bad.ndjson", lines.join("\n"));
        let ended = site.run(["push", "--bulk", bad.to_str().expect("UTF-8")]).expect_code(1);
        assert!(ended.stderr.contains(":322:") && ended.stderr.contains(complaint), "{ended}");
        assert!(ended.stderr.contains("nothing was enqueued"), "{ended}");
        assert!(site.jobs().is_empty(), "all or nothing");
        lines.remove(321);
    }
    site.run(["push", "--bulk", good.to_str().expect("UTF-8")]).done();
    assert_eq!(site.jobs().len(), 500);
}

#[test]
fn an_unknown_kind_is_refused_with_the_nearest_ones() {
    let site = Site::new();
    site.deploy(&["echoes", "counts"]);
    site.run(["push", "guest.ecohes", "1"]).expect_code(1).says("`guest.echoes`");
    assert!(site.jobs().is_empty());
}

#[test]
fn the_same_id_is_enqueued_once() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    for input in ["1", "2"] {
        site.push_with("guest.echoes", input, &["--id", "only"]);
    }
    assert_eq!(site.jobs().len(), 1);
    assert_eq!(*site.job("only").at("input"), 1, "the first one stays");
}

#[test]
fn an_input_over_its_limit_is_an_error_at_push() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let input = site.write("large.json", format!("\"{}\"", "x".repeat(1 << 20)));
    let ended = site.run(["push", "guest.echoes", &format!("@{}", input.display())]).expect_code(1);
    assert!(ended.stderr.contains("at most 1048576"), "{ended}");
    assert!(site.jobs().is_empty());
    let text = site.run(["push", "guest.echoes", "no json"]).expect_code(1);
    assert!(text.stderr.contains("JSON"), "{text}");
}

#[test]
fn push_and_wait_exit_with_the_code_of_the_job() {
    let site = Site::new();
    site.deploy(&["echoes", "fails", "hoards_rows", "panics", "exits_with"]);
    let _worker = site.work(&[]);
    let wait = |kind: &str, input: &str| site.run(["push", kind, input, "--wait", "--json"]);
    assert_eq!(*wait("guest.echoes", "[1]").done().json().at("output"), serde_json::json!("[1]"));
    wait("guest.fails", "\"kill\"").expect_code(1);
    wait("guest.hoards_rows", "null").expect_code(137);
    wait("guest.panics", "null").expect_code(134);
    let id = site.push("guest.echoes", "2");
    site.run(["jobs", "wait", &id]).done();
}

#[test]
fn an_idle_worker_takes_a_pushed_job_without_waiting_for_a_poll() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let _worker = site.work(&[]);
    let mut quickest_ms = u64::MAX;
    for round in 0..20 {
        let id = site.push("guest.echoes", &round.to_string());
        let job = site.until_state(&id, "completed");
        let at = |path: &str| timestamp_ms(job.text(path));
        quickest_ms = quickest_ms.min(at("started_at").saturating_sub(at("enqueued_at")));
    }
    // Woken within 20 ms on an idle machine. The quickest of twenty on a busy one is
    // still far from any polling interval.
    assert!(quickest_ms <= 100, "{quickest_ms} ms");
}

/// Milliseconds of the day of an RFC 3339 time.
fn timestamp_ms(text: &str) -> u64 {
    let clock = text.split('T').nth(1).unwrap_or_default().trim_end_matches('Z');
    let parts: Vec<f64> = clock.split(':').map(|part| part.parse().unwrap_or_default()).collect();
    let [hours, minutes, seconds] = parts[..] else { panic!("not a time: `{text}`") };
    ((hours * 3600.0 + minutes * 60.0 + seconds) * 1000.0).round() as u64
}

#[test]
fn who_waits_for_a_job_that_nobody_runs_is_told_why() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let flags = ["push", "guest.echoes", "null", "--wait", "--timeout", "3s"];
    let ended = site.run(flags);
    assert!(ended.stderr.contains("is not run: no worker lives"), "{ended}");
}
