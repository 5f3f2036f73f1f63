//! Modules are compiled by a process apart: what explodes there costs that process, and it
//! has nothing of the worker's.

use std::fs;
use std::path::{Path, PathBuf};

use cofferdam_tests::{Look, Process, Site, guest, module_bombs, wait};
use rustix::process::{Pid, Signal, kill_process};

fn deploy_the_bomb(site: &Site) {
    let module = site.write("explodes.wasm", module_bombs::explodes_the_compiler());
    let module = module.to_str().expect("a path in UTF-8");
    site.run(["deploy", module, "--kind", "guest.explodes"]).done();
}

/// The processes whose parent this is.
fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("/proc");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| status(*pid, "PPid").is_some_and(|found| found == parent.to_string())).collect()
}

fn status(pid: u32, line: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let found = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
    found.map(|found| found.trim().to_owned())
}

fn until_it_compiles(worker: &Process) -> u32 {
    // A small module may come first, and be ready before we have looked at the process.
    let enclosed = |pid: &u32| status(*pid, "NoNewPrivs").is_some_and(|set| set == "1");
    wait::until("a process compiles", || children_of(worker.id()).into_iter().find(enclosed))
}

#[test]
fn a_module_that_explodes_the_compiler_is_refused_with_the_reason_and_nobody_else_notices() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let module = guest("echoes");
    site.run(["deploy", module.to_str().expect("a path in UTF-8")]).done();
    let mut worker = site.work_with(&["-c", "4"], &[("COFFERDAM_COMPILE_MEMORY", "256MiB")]);
    site.until_state(&site.push("guest.counts", r#"{"to":20,"rounds":10}"#), "completed");
    deploy_the_bomb(&site);
    let bomb = site.push("guest.explodes", "null");
    let siblings: Vec<String> =
        (0..20).map(|_| site.push("guest.counts", r#"{"to":20,"rounds":10}"#)).collect();
    for sibling in siblings {
        assert_eq!(site.until_state(&sibling, "completed").at("attempts").as_array().map(Vec::len), Some(1));
    }
    let job = site.until_state(&bomb, "dead");
    assert_eq!(job.text("outcome"), "refused", "{job:#}");
    assert!(job.text("message").contains("cannot be compiled"), "{job:#}");
    assert!(job.text("message").contains("268435456 bytes of memory"), "{job:#}");
    assert!(!worker.has_ended(), "it cost the process apart");
    let peak_kib: u64 = status(worker.id(), "VmHWM")
        .and_then(|line| line.trim_end_matches(" kB").parse().ok())
        .expect("the worker's peak");
    assert!(peak_kib < 200 << 10, "nothing of it was in the worker: {peak_kib} KiB");
}

#[test]
fn a_module_that_takes_its_compiler_long_delays_no_other() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let worker = site.work_with(&["-c", "4"], &[("COFFERDAM_COMPILE_MEMORY", "2GiB")]);
    deploy_the_bomb(&site);
    let compiling = until_it_compiles(&worker);
    // One that was there before, one that comes now, and the one before again after a deploy.
    site.until_state(&site.push("guest.counts", r#"{"to":20,"rounds":10}"#), "completed");
    site.deploy(&["echoes"]);
    site.until_state(&site.push("guest.echoes", "1"), "completed");
    site.until_state(&site.push("guest.counts", r#"{"to":20,"rounds":10}"#), "completed");
    assert!(status(compiling, "NoNewPrivs").is_some(), "meanwhile the bomb was being compiled");
}

#[test]
fn the_process_that_compiles_has_limits_of_its_own_and_nothing_of_the_worker_s() {
    let site = Site::new();
    deploy_the_bomb(&site);
    let worker = site.work_with(&[], &[("COFFERDAM_COMPILE_MEMORY", "2GiB"), ("DATABASE_PASSWORD", "x")]);
    let compiling = until_it_compiles(&worker);
    let of = |file: &str| PathBuf::from(format!("/proc/{compiling}/{file}"));
    wait::until("it has enclosed itself", || {
        let limits = fs::read_to_string(of("limits")).expect("its limits");
        let limit = |name: &str| limits.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        let data = limit("Max data size")?.contains("2147483648");
        let files = limit("Max open files")?.split_whitespace().any(|word| word == "32");
        let core = limit("Max core file size")?.split_whitespace().filter(|word| *word == "0").count() == 2;
        (data && files && core).then_some(())
    });
    let score = fs::read_to_string(of("oom_score_adj")).expect("its score");
    assert_eq!(score.trim(), "1000", "it goes before the worker");
    // It cannot be looked into but by the superuser, which tests may be.
    if let Ok(environment) = fs::read_to_string(of("environ")) {
        assert!(!environment.contains("PASSWORD") && !environment.contains("COFFERDAM"), "{environment}");
        let open = fs::read_dir(of("fd")).expect("its files");
        let open: Vec<PathBuf> = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok()).collect();
        let is_a_stream =
            |file: &PathBuf| ["/memfd:", "pipe:"].iter().any(|kind| file.to_string_lossy().starts_with(kind));
        assert!(open.len() == 3 && open.iter().all(is_a_stream), "{open:?}");
        assert_eq!(fs::read_link(of("cwd")).expect("its directory"), Path::new("/"));
    }
}

#[test]
fn a_process_that_was_killed_while_it_compiled_is_tried_again() {
    let site = Site::new();
    let worker = site.work(&[]);
    deploy_the_bomb(&site);
    let compiling = until_it_compiles(&worker);
    let pid = Pid::from_raw(compiling as i32).expect("a pid");
    kill_process(pid, Signal::KILL).expect("killed");
    wait::until("another one compiles", || {
        children_of(worker.id()).into_iter().find(|pid| *pid != compiling)
    });
    assert!(
        worker.stderr().contains("out of memory"),
        "the log says what may have been: {}",
        worker.stderr()
    );
}

#[test]
fn a_process_that_compiles_ends_with_its_worker() {
    let site = Site::new();
    deploy_the_bomb(&site);
    let mut worker = site.work(&[]);
    let compiling = until_it_compiles(&worker);
    worker.kill();
    wait::until("it is gone", || {
        let state = status(compiling, "State").unwrap_or_else(|| "gone".to_owned());
        (state == "gone" || state.starts_with('Z')).then_some(())
    });
}
