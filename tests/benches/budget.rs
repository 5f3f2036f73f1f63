//! `cargo bench -p cofferdam-tests --bench budget`: a worker with a budget of 1 GiB under
//! 10,000 jobs with caps from 16 to 256 MiB, a tenth of them bombs that write to every page
//! they can get. Prints the worker's largest resident memory and fails when it is over the
//! budget plus 150 MiB, or when an honest job does not complete.
//!
//! `COFFERDAM_BENCH_JOBS` sets the number of jobs.

use std::fmt::Write;
use std::time::{Duration, Instant};

use cofferdam_tests::{Look, Site, wait};

const BUDGET_MIB: u64 = 1024;
const OVER_MIB: u64 = 150;
const CAPS_MIB: [u64; 5] = [16, 32, 64, 128, 256];

/// Writes to every page it is given, until it is refused one.
const BOMB: &str = r#"(module (memory (export "memory") 1)
  (func (export "_start") (local $pages i32)
    (loop $more
      (local.set $pages (memory.grow (i32.const 1)))
      (i32.store (i32.mul (local.get $pages) (i32.const 65536)) (i32.const 1))
      (call $touch (i32.mul (local.get $pages) (i32.const 65536)))
      (br $more)))
  (func $touch (param $at i32) (local $end i32)
    (local.set $end (i32.add (local.get $at) (i32.const 65536)))
    (loop $next
      (i32.store (local.get $at) (i32.const 1))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))))"#;

/// Writes to 4 MiB and ends.
const HONEST: &str = r#"(module (memory (export "memory") 65)
  (func (export "_start") (local $at i32)
    (loop $next
      (i32.store (local.get $at) (i32.const 1))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 4194304))))))"#;

fn main() {
    let jobs: u64 = std::env::var("COFFERDAM_BENCH_JOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let site = Site::new();
    let bombs = deploy_and_push(&site, jobs);
    let mut worker = site.work(&["--memory-budget", &format!("{BUDGET_MIB}MiB"), "-c", "64"]);
    let begun = Instant::now();
    let mut peak_kib = 0;
    let mut looked = Instant::now();
    wait::within(Duration::from_secs(3_600), "every job ends", || {
        peak_kib = peak_kib.max(resident_kib(worker.id()));
        if looked.elapsed() < Duration::from_secs(1) {
            return None;
        }
        looked = Instant::now();
        let queues = site.run(["queues", "list", "--json"]).done().json_lines();
        let open = |queue: &serde_json::Value| {
            ["available", "running", "scheduled"].iter().map(|of| queue.number(of)).sum::<u64>()
        };
        (queues.iter().map(open).sum::<u64>() == 0).then_some(())
    });
    let took = begun.elapsed();
    worker.signal(rustix::process::Signal::TERM);
    worker.end().expect_code(0);
    let count = |state: &str| {
        let limit = jobs.to_string();
        site.run(["jobs", "list", "--json", "--state", state, "--limit", &limit]).done().json_lines().len()
            as u64
    };
    let (completed, dead) = (count("completed"), count("dead"));
    let peak_mib = peak_kib / 1024;
    println!(
        "{jobs} jobs, {bombs} of them bombs, in {:.1} s under a budget of {BUDGET_MIB} MiB",
        took.as_secs_f64()
    );
    println!("resident memory, largest: {peak_mib} MiB (at most {} MiB)", BUDGET_MIB + OVER_MIB);
    println!("completed: {completed} (honest: {}), dead: {dead} (bombs: {bombs})", jobs - bombs);
    assert!(peak_mib <= BUDGET_MIB + OVER_MIB, "resident memory went over the budget plus {OVER_MIB} MiB");
    assert_eq!((completed, dead), (jobs - bombs, bombs), "every honest job completes, every bomb ends alone");
}

/// Returns how many bombs there are among the jobs.
fn deploy_and_push(site: &Site, jobs: u64) -> u64 {
    for (name, text) in [("bomb", BOMB), ("honest", HONEST)] {
        let module = site.write(&format!("{name}.wasm"), wat::parse_str(text).expect("a module"));
        for cap in CAPS_MIB {
            let module = module.to_str().expect("a path in UTF-8");
            let (kind, memory) = (format!("{name}.{cap}"), format!("{cap}MiB"));
            site.run(["deploy", module, "--kind", &kind, "--memory", &memory]).done();
        }
    }
    let mut lines = String::new();
    for job in 0..jobs {
        let name = if job % 10 == 9 { "bomb" } else { "honest" };
        let cap = CAPS_MIB[(job / 10 % CAPS_MIB.len() as u64) as usize];
        writeln!(lines, r#"{{"kind":"{name}.{cap}","input":null}}"#).expect("room for a line");
    }
    let file = site.write("jobs.ndjson", lines);
    site.run(["push", "--bulk", file.to_str().expect("a path in UTF-8")]).done();
    jobs / 10
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
