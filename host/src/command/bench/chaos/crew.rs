//! The workers: processes of this program, each with a ledger of its own, that are killed, paused
//! and replaced.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::place::Place;
use super::{Plan, bound, guest};
use crate::config::Config;
use crate::failure::Failure;

/// How long a worker may take to end when it is told to: its drain and the time after it.
const DRAIN: &str = "5s";
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// One worker.
pub struct Member {
    /// The how many-th that was started.
    pub number: u32,
    pub is_paused: bool,
    child: Child,
    log: PathBuf,
}

/// All that live.
pub struct Crew<'a> {
    plan: Plan,
    config: &'a Config,
    place: &'a Place,
    members: Vec<Member>,
    started: u32,
}

impl<'a> Crew<'a> {
    /// Starts as many as planned.
    pub fn sign_on(plan: &Plan, config: &'a Config, place: &'a Place) -> Result<Crew<'a>, Failure> {
        let mut crew = Crew { plan: *plan, config, place, members: Vec::new(), started: 0 };
        for _ in 0..plan.workers {
            crew.hire()?;
        }
        Ok(crew)
    }

    /// Starts one more.
    pub fn hire(&mut self) -> Result<u32, Failure> {
        self.started += 1;
        let number = self.started;
        let dir = self.place.of_worker(number)?;
        let granted = self.place.folder(&format!("worker-{number}/granted"))?;
        let cannot = |error: std::io::Error| Failure::new(format!("cannot start a worker: {error}"));
        let file = dir.join("worker.toml");
        let text = format!("[grants.{}]\nwrite = {granted:?}\nkinds = [{:?}]\n", guest::GRANT, guest::KIND);
        std::fs::write(&file, text).map_err(cannot)?;
        let log = dir.join("worker.log");
        let logged = std::fs::File::create(&log).map_err(cannot)?;
        let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
        command.args(["work", "-q", guest::QUEUE, "-t", DRAIN, "--config"]).arg(&file);
        command.args(["--lease", &format!("{}ms", self.plan.lease_ms)]);
        command.args(["--concurrency", &self.plan.concurrency.to_string()]);
        // In the environment, because everybody may read a command line and a URL may have a
        // password.
        command.env("COFFERDAM_STORE", self.config.store.url.with_secrets());
        if let Some(dir) = &self.config.cache.dir {
            command.env("COFFERDAM_CACHE_DIR", dir);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(logged);
        let child = bound::to_us(command).spawn().map_err(cannot)?;
        self.members.push(Member { number, is_paused: false, child, log });
        Ok(number)
    }

    /// Those that are not paused.
    pub fn awake(&self) -> Vec<u32> {
        self.members.iter().filter(|member| !member.is_paused).map(|member| member.number).collect()
    }

    /// SIGKILL, and the wait for its end.
    pub fn kill(&mut self, number: u32) {
        if let Some(at) = self.members.iter().position(|member| member.number == number) {
            let mut member = self.members.remove(at);
            // Both fail only when it has ended by itself, which is as well.
            let _killed = member.child.kill();
            let _reaped = member.child.wait();
        }
    }

    /// SIGSTOP, or SIGCONT.
    pub fn pause(&mut self, number: u32, paused: bool) {
        if let Some(member) = self.members.iter_mut().find(|member| member.number == number) {
            member.is_paused = paused;
            member.signal(if paused { Signal::STOP } else { Signal::CONT });
        }
    }

    /// Those that have ended though nobody killed them, each with the last lines of its log.
    pub fn strays(&mut self) -> Vec<String> {
        let mut strays = Vec::new();
        self.members.retain_mut(|member| {
            let has_ended = member.has_ended();
            if has_ended {
                strays.push(member.last_words());
            }
            !has_ended
        });
        strays
    }

    /// Lets those that live end in good order; those that do not are strays, too.
    pub async fn drain(&mut self) -> Result<Vec<String>, Failure> {
        let mut strays = self.strays();
        for member in &mut self.members {
            member.signal(Signal::CONT);
            member.signal(Signal::TERM);
        }
        let begun = Instant::now();
        while self.members.iter_mut().any(|member| !member.has_ended()) && begun.elapsed() < ENDS_WITHIN {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for member in &mut self.members {
            if !member.has_ended() {
                strays.push(format!("did not end in time: {}", member.last_words()));
            }
        }
        self.members.clear();
        Ok(strays)
    }
}

impl Member {
    fn signal(&self, signal: Signal) {
        // Fails only when it has ended by itself, which is noticed.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(5)..].join(" / ");
        format!("worker {}: {last}", self.number)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // Nobody is left behind, whatever ends this run.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
