//! What a worker sends to Redis for many jobs: few commands. Counted on the wire, so that all it
//! sends is among them, and nothing else.

use cofferdam_tests::{OnRedis, Proxy, wait};

const JOBS: usize = 2_000;

/// A group is what gathers while the one before it is on its way: how large it is depends on how
/// fast guests are, and without optimization they are slow. Without groups it would be 1 at least.
const COMMANDS_PER_JOB: f64 = if cfg!(debug_assertions) { 0.25 } else { 0.1 };

#[test]
fn many_jobs_take_few_commands() {
    // Each exchange waits for the disk, and meanwhile the next one gathers.
    let place = OnRedis::new();
    let proxy = Proxy::to(&place.server);
    let lines = vec![r#"{"kind":"guest.echoes","input":1}"#; JOBS];
    let file = place.site.write("jobs.ndjson", lines.join("\n"));
    place.site.run(["push", "--bulk", file.to_str().expect("UTF-8")]).done();
    let url = proxy.url();
    let _worker = place.site.work(&["--store", &url, "-c", "128"]);
    wait::until("all are completed", || {
        let counted = place.site.run(["jobs", "list", "--state", "completed", "--limit", "5000", "--json"]);
        (counted.done().stdout.lines().count() == JOBS).then_some(())
    });
    // All of it: the connections, signing on, the modules, claims, commits, heartbeats.
    let commands = proxy.commands();
    let per_job = commands as f64 / JOBS as f64;
    println!("{commands} commands for {JOBS} jobs: {per_job:.3} for each");
    assert!(per_job < COMMANDS_PER_JOB, "{commands} commands for {JOBS} jobs");
}
