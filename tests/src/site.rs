//! A private place with a store, a configuration and a ledger, and the real binary in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Ended, Look, Process, Worker, binary, binary::target_dir, guest};

/// A folder that only one test knows, and that goes with it. The store is
/// `cofferdam.db` in it, and the grant `ledger` its folder `ledger`.
#[derive(Debug)]
pub struct Site {
    dir: TempDir,
}

impl Default for Site {
    fn default() -> Site {
        Site::new()
    }
}

impl Site {
    /// A fresh one.
    ///
    /// # Panics
    /// When there is no room for it.
    pub fn new() -> Site {
        let site = Site {
            dir: tempfile::Builder::new().prefix("cofferdam-").tempdir().expect("a temporary folder"),
        };
        std::fs::create_dir(site.path("ledger")).expect("a folder");
        site.configure("");
        site
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes the configuration: the grant of the ledger, and these lines.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn configure(&self, lines: &str) {
        let grant = format!("[grants.ledger]\nwrite = {:?}\nkinds = [\"*\"]\n", self.path("ledger"));
        self.write("cofferdam.toml", format!("{lines}\n{grant}"));
    }

    /// Writes a file, and says where it is.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text)
            .unwrap_or_else(|error| panic!("cannot write `{}`: {error}", path.display()));
        path
    }

    /// The binary, with these arguments, in this place and with nothing of the caller's
    /// environment.
    pub fn command<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.dir.path()).env_clear();
        // Shared by all tests, so that each guest is compiled once; the product promises
        // that this is safe, and the crash tests take a private one.
        command.env("COFFERDAM_CACHE_DIR", shared_cache());
        command.env("HOME", self.dir.path()).env("TMPDIR", std::env::temp_dir()).env("RUST_BACKTRACE", "1");
        command
    }

    /// Runs the binary to its end.
    #[track_caller]
    pub fn run<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        Process::start(&mut self.command(arguments)).end()
    }

    /// Runs the binary to its end, with this file as its stdin.
    ///
    /// # Panics
    /// When the file cannot be read.
    #[track_caller]
    pub fn run_reading<A: AsRef<std::ffi::OsStr>>(
        &self,
        stdin: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Ended {
        let stdin = std::fs::File::open(stdin).expect("a readable file");
        Process::start_with(&mut self.command(arguments), Stdio::from(stdin)).end()
    }

    /// Runs it and returns the JSON object that it prints, whatever its exit code.
    #[track_caller]
    pub fn json<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Value {
        self.run(arguments).json()
    }

    /// `cofferdam run GUEST --json` with these arguments more.
    #[track_caller]
    pub fn run_guest(&self, name: &str, arguments: &[&str]) -> Ended {
        let module = guest(name);
        let module = module.to_str().expect("a path in UTF-8");
        self.run(["run", module, "--json"].iter().chain(arguments))
    }

    /// Deploys guests.
    #[track_caller]
    pub fn deploy(&self, guests: &[&str]) {
        let modules = guests.iter().map(|name| guest(name).into_os_string());
        self.run(std::iter::once("deploy".into()).chain(modules)).done();
    }

    /// Pushes a job and returns its id.
    #[track_caller]
    pub fn push(&self, kind: &str, input: &str) -> String {
        self.push_with(kind, input, &[])
    }

    /// Pushes a job with flags and returns its id.
    #[track_caller]
    pub fn push_with(&self, kind: &str, input: &str, flags: &[&str]) -> String {
        let pushed = self.run(["push", kind, input, "--json"].iter().chain(flags)).done().json();
        pushed.text("id").to_owned()
    }

    /// `jobs show ID --json`.
    #[track_caller]
    pub fn job(&self, id: &str) -> Value {
        self.run(["jobs", "show", id, "--json"]).done().json()
    }

    /// Waits until the job is in this state, and shows it.
    #[track_caller]
    pub fn until_state(&self, id: &str, state: &str) -> Value {
        crate::wait::until(&format!("job {id} is {state}"), || {
            let job = self.job(id);
            (job.text("state") == state).then_some(job)
        })
    }

    /// All jobs, as `jobs list --json` has them.
    #[track_caller]
    pub fn jobs(&self) -> Vec<Value> {
        self.run(["jobs", "list", "--limit", "100000", "--json"]).done().json_lines()
    }

    /// Starts a worker with these flags and waits until it takes jobs.
    #[track_caller]
    pub fn work(&self, flags: &[&str]) -> Worker {
        Worker::start(self, flags, &[])
    }

    /// As [`work`](Site::work), with variables in its environment.
    #[track_caller]
    pub fn work_with(&self, flags: &[&str], variables: &[(&str, &str)]) -> Worker {
        Worker::start(self, flags, variables)
    }
}

fn shared_cache() -> PathBuf {
    target_dir().join("test-cache")
}
