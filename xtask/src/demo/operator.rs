//! Somebody at the command line: every command that is typed, and what it answered.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::run::Result;

/// Types commands in one folder.
pub struct Operator {
    binary: PathBuf,
    home: PathBuf,
}

/// A running `cofferdam work`; killed when it is dropped.
pub struct Worker {
    child: Child,
}

/// One job, as `jobs show --json` has it.
pub struct Job(Value);

impl Operator {
    /// In this folder, whose `cofferdam.toml` is read.
    pub fn new(binary: PathBuf, home: PathBuf) -> Operator {
        Operator { binary, home }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.home).stdin(Stdio::null());
        // The demonstration says itself what it is run with.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COFFERDAM_"))
        {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end and returns what it printed.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self
            .command(arguments)
            .output()
            .map_err(|error| format!("cannot start `{}`: {error}", self.binary.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`cofferdam {}` ended with {}\n{said}", arguments.join(" "), output.status));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Pushes a job and returns its id.
    pub fn push(&self, kind: &str, input: &str) -> Result<String> {
        let id = kind.replace('.', "-");
        self.run(&["push", kind, input, "--id", &id])?;
        Ok(id)
    }

    /// Pushes one job a line.
    pub fn push_bulk(&self, lines: &[String]) -> Result<()> {
        let file = self.home.join("siblings.ndjson");
        std::fs::write(&file, lines.join("\n"))
            .map_err(|error| format!("cannot write `{}`: {error}", file.display()))?;
        self.run(&["push", "--bulk", &file.display().to_string()]).map(drop)
    }

    /// Starts a worker; its log goes to `worker.log`.
    pub fn work(&self) -> Result<Worker> {
        let log = self.home.join("worker.log");
        let opened = File::options().create(true).append(true).open(&log);
        let log = opened.map_err(|error| format!("cannot write `{}`: {error}", log.display()))?;
        let mut command = self.command(&["work"]);
        let started = command.stdout(Stdio::null()).stderr(log).spawn();
        Ok(Worker { child: started.map_err(|error| format!("cannot start a worker: {error}"))? })
    }

    /// One job with all its attempts.
    pub fn job(&self, id: &str) -> Result<Job> {
        let shown = self.run(&["jobs", "show", id, "--json"])?;
        serde_json::from_str(&shown).map(Job).map_err(|error| format!("job `{id}`: {error} in `{shown}`"))
    }

    /// All jobs, one summary each.
    pub fn list(&self) -> Result<Vec<Job>> {
        let listed = self.run(&["jobs", "list", "--limit", "1000", "--json"])?;
        let line =
            |line: &str| serde_json::from_str(line).map(Job).map_err(|error| format!("{error} in `{line}`"));
        listed.lines().map(line).collect()
    }

    /// What the workers said, for when something goes wrong.
    pub fn worker_log(&self) -> String {
        std::fs::read_to_string(self.home.join("worker.log")).unwrap_or_default()
    }
}

impl Worker {
    /// SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map(drop)
            .map_err(|error| format!("cannot kill it: {error}"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _gone = self.kill();
    }
}

impl Job {
    /// The value at a path such as `memory.cap_bytes`.
    pub fn at(&self, path: &str) -> &Value {
        self.0.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&Value::Null)
    }

    /// The text there; empty if there is none.
    pub fn text(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or_default()
    }

    /// The number there; 0 if there is none.
    pub fn number(&self, path: &str) -> u64 {
        self.at(path).as_u64().unwrap_or_default()
    }

    /// Its kind.
    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// The reports of its ended attempts.
    pub fn attempts(&self) -> Vec<Job> {
        self.at("attempts").as_array().map(|list| list.iter().cloned().map(Job).collect()).unwrap_or_default()
    }
}
