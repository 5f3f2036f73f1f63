//! What a worker sends to Redis: few commands for many jobs, and almost none when there is nothing
//! to do. Counted on the wire, so that all it sends is among them, and nothing else.

use std::time::{Duration, Instant};

use cofferdam_tests::{OnRedis, Proxy, RedisServer, wait};

const JOBS: usize = 2_000;

/// A group is what gathers while the one before it is on its way: how large it is depends on how
/// fast guests are, and without optimization they are slow. Without groups it would be 1 at least.
const COMMANDS_PER_JOB: f64 = if cfg!(debug_assertions) { 0.25 } else { 0.1 };

/// The bound for one worker at the default lease of 15 s is 30. Two of them are for what comes by
/// the clock: a subscription that hears nothing asks every 30 s whether the server is there.
const IDLE_COMMANDS_PER_MINUTE: u32 = 30 - 2;
/// All else comes so often in a lease: heartbeat, upkeep, and a claim without a reason. A lease of
/// 2 s is 7.5 times as busy as the default, so a minute is as many leases as at the default.
const LEASE: Duration = Duration::from_secs(2);
const LEASES_PER_MINUTE: u32 = 4;

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

#[test]
fn an_idle_worker_hardly_asks() {
    let place = OnRedis::on(RedisServer::start());
    let proxy = Proxy::to(&place.server);
    let url = proxy.url();
    let _worker = place.site.work(&["--store", &url, "--lease", "2s"]);
    // It has compiled what is deployed, and found nothing to do.
    let id = place.site.push("guest.echoes", "1");
    place.site.until_state(&id, "completed");
    let (before, begun) = (proxy.commands(), Instant::now());
    wait::until("it has sent more than it may in a minute", || {
        (proxy.commands() - before > u64::from(IDLE_COMMANDS_PER_MINUTE)).then_some(())
    });
    let took = begun.elapsed();
    println!("{IDLE_COMMANDS_PER_MINUTE} commands and one more without work in {took:?}");
    assert!(took > LEASE * LEASES_PER_MINUTE, "in {took:?}, which is less than {LEASES_PER_MINUTE} leases");
}
