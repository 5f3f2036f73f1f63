//! What a program left behind when it ended, and looks into JSON.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

/// An ended run of the binary.
#[derive(Debug)]
pub struct Ended {
    /// How it was called.
    pub line: String,
    /// Its exit code; 128 and the signal's number when a signal ended it.
    pub code: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
    /// How long it took, its start included.
    pub took: Duration,
}

impl Ended {
    pub(crate) fn new(
        line: String,
        status: ExitStatus,
        stdout: &[u8],
        stderr: &[u8],
        took: Duration,
    ) -> Ended {
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { line, code, stdout: text(stdout), stderr: text(stderr), took }
    }

    /// The JSON object on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: no JSON object\n{self}"))
    }

    /// The JSON objects on stdout, one a line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{self}")))
            .collect()
    }

    /// Fails unless it exited with this code.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Ended {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Fails unless it exited with 0.
    #[track_caller]
    pub fn done(self) -> Ended {
        self.expect_code(0)
    }

    /// Fails unless stderr has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Ended {
        assert!(self.stderr.contains(text), "`{text}` is not in stderr\n{self}");
        self
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "$ {}\nexit code {} after {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.line, self.code, self.took, self.stdout, self.stderr
        )
    }
}

/// Looks into JSON that fail with the whole value when there is nothing.
pub trait Look {
    /// The text at a path such as `outcome` or `memory.cap_bytes`.
    fn text(&self, path: &str) -> &str;
    /// The number there.
    fn number(&self, path: &str) -> u64;
    /// What is there, `null` if nothing is.
    fn at(&self, path: &str) -> &Value;
    /// The texts of the list there.
    fn texts(&self, path: &str) -> Vec<&str>;
}

impl Look for Value {
    #[track_caller]
    fn text(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or_else(|| panic!("no text at `{path}` in {self:#}"))
    }

    #[track_caller]
    fn number(&self, path: &str) -> u64 {
        self.at(path).as_u64().unwrap_or_else(|| panic!("no number at `{path}` in {self:#}"))
    }

    fn at(&self, path: &str) -> &Value {
        self.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&Value::Null)
    }

    #[track_caller]
    fn texts(&self, path: &str) -> Vec<&str> {
        let list = self.at(path).as_array().unwrap_or_else(|| panic!("no list at `{path}` in {self:#}"));
        list.iter().filter_map(Value::as_str).collect()
    }
}
