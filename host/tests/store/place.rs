//! A directory with a store of its own, the program, and at most one worker.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Waits until it is so.
#[track_caller]
pub fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited for a minute: {what}");
        std::thread::yield_now();
    }
}

/// The directory.
pub struct Place {
    dir: tempfile::TempDir,
    worker: Option<Child>,
}

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// Empty.
    pub fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap(), worker: None }
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file in it; returns its name.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        name.to_owned()
    }

    /// A module in it, assembled; returns its name.
    pub fn module(&self, name: &str, wat: &str) -> String {
        self.file(name, wat::parse_str(wat).unwrap())
    }

    /// With these modules deployed.
    pub fn with(modules: &[(&str, &str)]) -> Place {
        let place = Place::new();
        for (name, wat) in modules {
            let name = place.module(name, wat);
            place.ok(&["deploy", &name]);
        }
        place
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cofferdam"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("COFFERDAM_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled"))
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    /// The same, with something on its stdin.
    pub fn run_with(&self, args: &[&str], stdin: &str) -> Ran {
        let stdin = std::fs::File::open(self.path(&self.file("stdin", stdin))).unwrap();
        ran(self.command(args).stdin(stdin).output().unwrap())
    }

    /// The same, with a stdout that takes nothing.
    pub fn run_into_full(&self, args: &[&str]) -> Ran {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let child = self.command(args).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        ran(child.wait_with_output().unwrap())
    }

    /// Runs it; it must succeed. Returns its stdout.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs it; it must fail with this code. Returns its stderr.
    #[track_caller]
    pub fn fails(&self, code: i32, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "{args:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.is_empty(), "{args:?} printed a result: {}", ran.stdout);
        ran.stderr
    }

    /// The object that it prints.
    #[track_caller]
    pub fn object(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(args)).unwrap()
    }

    /// The objects that it prints, one a line.
    #[track_caller]
    pub fn objects(&self, args: &[&str]) -> Vec<Value> {
        self.ok(args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The state of a job.
    pub fn state(&self, id: &str) -> String {
        self.object(&["jobs", "show", id, "--json"])["state"].as_str().unwrap().to_owned()
    }

    /// Starts a worker.
    pub fn work(&mut self) {
        let log = std::fs::File::create(self.path("worker.log")).unwrap();
        self.worker =
            Some(self.command(&["work", "-t", "1s"]).stderr(log).stdout(Stdio::null()).spawn().unwrap());
    }

    /// Whether the worker has ended.
    pub fn worker_is_gone(&mut self) -> bool {
        self.worker.as_mut().is_none_or(|worker| worker.try_wait().unwrap().is_some())
    }
}

impl Place {
    /// Ends the worker as a power failure would.
    pub fn kill_worker(&mut self) {
        if let Some(worker) = &mut self.worker
            && let Ok(None) = worker.try_wait()
        {
            // Unwrap safety: a child's process id is never zero.
            let _ = kill_process(Pid::from_raw(worker.id() as i32).unwrap(), Signal::KILL);
            let _ = worker.wait();
        }
    }

    /// What the worker has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("worker.log")).unwrap_or_default()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.kill_worker();
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
