//! `work --processes`: what ends one process ends no attempt of another, and its own go on at
//! once.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cofferdam_tests::{Look, OnRedis, Process, Site, ledger, wait};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// From a process's death to its jobs running again.
const AT_MOST: Duration = Duration::from_secs(2);
const STEPS: u64 = 3_000;
const LONG: &str = r#"{"to":3000,"rounds":30000,"durable_every":50,"append":true}"#;

/// Two workers under a supervisor, signed on.
#[track_caller]
fn two(site: &Site, flags: &[&str]) -> Process {
    let arguments = ["work", "--processes", "2"].iter().chain(flags);
    let mut supervisor = Process::start(&mut site.command(arguments));
    wait::until("both sign on", || {
        assert!(!supervisor.has_ended(), "the supervisor ended at its start");
        (workers(site).len() == 2).then_some(())
    });
    supervisor
}

/// Pids of the live workers by their ids.
fn workers(site: &Site) -> BTreeMap<String, u32> {
    let listed = site.run(["workers", "list", "--json"]);
    if listed.code != 0 {
        return BTreeMap::new();
    }
    let pid = |worker: &Value| worker.number("pid") as u32;
    listed.json_lines().iter().map(|worker| (worker.text("id").to_owned(), pid(worker))).collect()
}

fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid as i32).expect("a pid"), signal).expect("a process to signal");
}

fn is_gone(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state is behind the name, which is in brackets.
    status.rsplit(')').next().is_none_or(|rest| rest.trim().is_empty() || rest.trim().starts_with('Z'))
}

fn lines(site: &Site, id: &str, word: &str) -> usize {
    ledger::read(site, id).iter().filter(|entry| entry.word == word).count()
}

#[track_caller]
fn check_completed(site: &Site, id: &str) -> Value {
    let what = format!("job {id} is completed");
    let job = wait::within(Duration::from_secs(120), &what, || {
        let job = site.job(id);
        (job.text("state") == "completed").then_some(job)
    });
    assert_eq!(job.number("output.steps"), STEPS);
    ledger::check_nothing_durable_was_lost(id, &ledger::read(site, id));
    let steps = site.run(["jobs", "output", id, "--part", "steps"]).done().stdout;
    assert_eq!(steps.trim_end().len() as u64, STEPS, "every step is there once");
    job
}

/// Fails unless it took less than the bound once. The jobs compute on all cores: on a machine that
/// is busy with other tests besides, a process may be started late, and not three times in a row.
#[track_caller]
fn in_time(mut one_dies: impl FnMut() -> Duration) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut late = Vec::new();
    for _ in 0..3 {
        let took = one_dies();
        println!("the jobs of the dead process ran again after {took:?}");
        if took <= AT_MOST {
            return;
        }
        late.push(took);
    }
    panic!("the jobs of a dead process ran again only after {late:?}");
}

/// Ends one of two processes, while each runs jobs, by this signal; how long until all of its jobs ran again.
#[track_caller]
fn one_dies(site: &Site, by: Signal) -> Duration {
    // A lease far longer than this test: only the supervisor's word can give the jobs back in time.
    let mut supervisor = two(site, &["-c", "4", "--lease", "10m"]);
    let ids: Vec<String> = (0..4).map(|_| site.push("guest.counts", LONG)).collect();
    for id in &ids {
        wait::until("a checkpoint is durable", || (lines(site, id, "durable") > 0).then_some(()));
    }
    let runs_on: BTreeMap<&String, String> =
        ids.iter().map(|id| (id, site.job(id).text("worker").to_owned())).collect();
    let before = workers(site);
    let victim = runs_on[&ids[0]].clone();
    let (lost, spared): (Vec<&String>, Vec<&String>) = ids.iter().partition(|id| runs_on[id] == victim);
    let died_at = Instant::now();
    signal(before[&victim], by);
    for id in &lost {
        wait::until("it runs again", || (lines(site, id, "began") == 2).then_some(()));
    }
    let took = died_at.elapsed();
    for id in &lost {
        let job = check_completed(site, id);
        let attempts = job.at("attempts").as_array().expect("attempts");
        assert_eq!(attempts[0].text("outcome"), "worker_lost", "counted as a crash: {job:#}");
        assert!(*attempts[1].at("resumed") == true, "{job:#}");
    }
    for id in &spared {
        let job = check_completed(site, id);
        assert_eq!(job.at("attempts").as_array().map(Vec::len), Some(1), "not disturbed: {job:#}");
    }
    wait::until("another process is in its place", || {
        let after = workers(site);
        let is_whole = after.len() == 2 && !after.contains_key(&victim);
        is_whole.then_some(())
    });
    assert!(!supervisor.has_ended());
    supervisor.signal(Signal::TERM);
    let ended = supervisor.end();
    assert_eq!(ended.code, 0, "{ended}");
    assert!(workers(site).is_empty(), "all have signed off");
    took
}

#[test]
fn the_jobs_of_a_killed_process_go_on_within_two_seconds_on_redis() {
    in_time(|| one_dies(&OnRedis::new().site, Signal::KILL));
}

#[test]
fn the_jobs_of_an_aborted_process_go_on_within_two_seconds_on_redis() {
    in_time(|| one_dies(&OnRedis::new().site, Signal::ABORT));
}

#[test]
fn the_jobs_of_a_killed_process_go_on_within_two_seconds_on_sqlite() {
    in_time(|| {
        let site = Site::new();
        site.deploy(&["counts"]);
        one_dies(&site, Signal::KILL)
    });
}

#[test]
fn a_supervisor_that_cannot_reach_the_store_says_it_when_it_can() {
    let redis = OnRedis::new();
    let (site, server) = (&redis.site, &redis.server);
    let mut supervisor = two(site, &["-c", "2", "--lease", "10m"]);
    let id = site.push("guest.counts", LONG);
    wait::until("a checkpoint is durable", || (lines(site, &id, "durable") > 0).then_some(()));
    let victim = workers(site)[site.job(&id).text("worker")];
    server.pause();
    signal(victim, Signal::KILL);
    wait::until("the supervisor has seen it", || {
        supervisor.stderr().contains("a process was lost").then_some(())
    });
    server.resume();
    check_completed(site, &id);
    supervisor.signal(Signal::TERM);
    assert_eq!(supervisor.end().code, 0);
}

#[test]
fn memory_and_attempts_are_split_and_each_process_has_its_walls() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let mut supervisor = two(&site, &["-c", "5", "--memory-budget", "100MiB"]);
    for worker in site.run(["workers", "list", "--json"]).done().json_lines() {
        assert_eq!(worker.number("concurrency"), 3, "{worker:#}");
        assert_eq!(worker.number("budget_bytes"), 50 << 20, "{worker:#}");
        let of = |file: &str| {
            fs::read_to_string(format!("/proc/{}/{file}", worker.number("pid")))
                .expect("a file of its process")
        };
        assert!(of("status").contains("NoNewPrivs:\t1"), "it can gain no privileges");
        let core = of("limits").lines().find(|line| line.starts_with("Max core")).map(str::to_owned);
        assert_eq!(core.expect("the limit").split_whitespace().nth(4), Some("0"), "no core is written");
        let ours = fs::read_to_string(format!("/proc/{}/oom_score_adj", supervisor.id())).expect("a score");
        let (theirs, ours): (i32, i32) =
            (of("oom_score_adj").trim().parse().expect("a number"), ours.trim().parse().expect("a number"));
        assert!(theirs > ours || ours == 1000, "it goes before its supervisor: {theirs}, {ours}");
    }
    supervisor.signal(Signal::TERM);
    supervisor.end();
}

#[test]
fn processes_drain_when_their_supervisor_is_killed() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let mut supervisor = two(&site, &["-c", "4"]);
    let id = site.push("guest.counts", LONG);
    wait::until("a checkpoint is durable", || (lines(&site, &id, "durable") > 0).then_some(()));
    let pids: Vec<u32> = workers(&site).into_values().collect();
    supervisor.kill();
    wait::until("both have ended", || pids.iter().all(|pid| is_gone(*pid)).then_some(()));
    let job = site.job(&id);
    assert_eq!(job.at("attempts")[0].text("outcome"), "interrupted", "in good order: {job:#}");
    let _worker = site.work(&[]);
    check_completed(&site, &id);
}

/// A service manager sends TERM to every process of the service at once.
#[test]
fn a_term_for_everybody_is_one_drain() {
    let site = Site::new();
    site.deploy(&["counts"]);
    let mut supervisor = two(&site, &["-c", "4"]);
    let ids: Vec<String> = (0..4).map(|_| site.push("guest.counts", LONG)).collect();
    for id in &ids {
        wait::until("a checkpoint is durable", || (lines(&site, id, "durable") > 0).then_some(()));
    }
    workers(&site).into_values().for_each(|pid| signal(pid, Signal::TERM));
    supervisor.signal(Signal::TERM);
    let ended = supervisor.end();
    assert_eq!(ended.code, 0, "{ended}");
    for id in &ids {
        let job = site.job(id);
        let first = &job.at("attempts")[0];
        assert_eq!(first.text("outcome"), "interrupted", "{job:#}");
        assert!(!first.text("message").contains("mid-run"), "at a checkpoint: {job:#}");
    }
}

#[test]
fn who_takes_the_place_of_another_is_as_quiet_as_all_were_told_to_be() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let mut supervisor = two(&site, &["-c", "2"]);
    let all_quiet = |count: usize, gone: Option<u32>| {
        let listed = site.run(["workers", "list", "--json"]).done().json_lines();
        let quiet = listed.iter().filter(|worker| worker["quiet"] == true);
        let pids: Vec<u64> = quiet.map(|worker| worker.number("pid")).collect();
        let is_there = gone.is_some_and(|pid| pids.contains(&u64::from(pid)));
        (pids.len() == count && !is_there).then_some(())
    };
    supervisor.signal(Signal::TSTP);
    wait::until("both are quiet", || all_quiet(2, None));
    let victim = *workers(&site).values().next().expect("a worker");
    signal(victim, Signal::KILL);
    wait::until("both are quiet again", || all_quiet(2, Some(victim)));
    let waiting = site.push("guest.echoes", "1");
    supervisor.signal(Signal::CONT);
    site.until_state(&waiting, "completed");
}
