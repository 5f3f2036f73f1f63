//! What an attempt ended as and what it used. Built once, at its end.

use std::time::Duration;

use bytes::Bytes;

use crate::effects::Snapshot;

/// What the sandbox saw. What it means for the job is decided elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The job returned 0, or the command exited with 0.
    Completed,
    /// The job said so, or the command exited with another code.
    Failed,
    /// The guest reported a panic and trapped.
    Panicked,
    /// Any other trap.
    Trapped,
    /// Over the memory cap or the host allowance; `message` names the account.
    MemoryLimit,
    /// The fuel is spent.
    FuelLimit,
    /// The deadline passed.
    TimeLimit,
    /// These limits cannot hold this module; it was not started.
    Refused,
    /// [`Stop::Interrupt`](crate::Stop): the newest state is kept.
    Interrupted,
    /// [`Stop::Cancel`](crate::Stop): the newest state is kept.
    Cancelled,
    /// Our fault, never the guest's.
    HostError,
}

impl Outcome {
    /// The word used in reports and stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Trapped => "trapped",
            Self::MemoryLimit => "memory_limit",
            Self::FuelLimit => "fuel_limit",
            Self::TimeLimit => "time_limit",
            Self::Refused => "refused",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
            Self::HostError => "host_error",
        }
    }

    /// The exit code of this outcome where the guest has no code of its own.
    /// `Interrupted` and `Cancelled` are 143 (TERM); a caller that passed on an
    /// INT says 130 instead.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Completed => 0,
            Self::Failed => 1,
            Self::TimeLimit => 124,
            Self::HostError => 125,
            Self::Refused => 126,
            Self::Panicked | Self::Trapped => 134,
            Self::MemoryLimit => 137,
            Self::Interrupted | Self::Cancelled => 143,
            Self::FuelLimit => 152,
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The guest's own account: linear memory and tables, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    pub cap_bytes: u64,
    pub peak_bytes: u64,
    /// The last refused request: what the account would have stood at, or the
    /// size of the allocation when only the guest's allocator can tell.
    pub requested_bytes: Option<u64>,
}

/// The host's account: what is held on the guest's behalf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostUse {
    pub allowance_bytes: u64,
    pub peak_bytes: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FuelUse {
    pub cap: u64,
    pub used: u64,
    /// Which prices: [`FUEL_MODEL`](crate::FUEL_MODEL).
    pub model: u32,
    /// The guest ended in the middle of something (a trap, an interruption):
    /// it used this much at least.
    pub lower_bound: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckpointUse {
    /// Calls of `cf_checkpoint` in this attempt.
    pub count: u64,
    /// The size of the newest state.
    pub bytes: u64,
}

/// A stream whose middle may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    pub head: Bytes,
    /// What follows the head, or the gap after it.
    pub tail: Bytes,
    /// Bytes missing between head and tail.
    pub dropped_bytes: u64,
}

impl Captured {
    /// Head and tail, with a line between them that counts what is missing.
    pub fn joined(&self) -> Bytes {
        if self.dropped_bytes == 0 && self.tail.is_empty() {
            return self.head.clone();
        }
        let mut whole = Vec::with_capacity(self.head.len() + self.tail.len() + 64);
        whole.extend_from_slice(&self.head);
        if self.dropped_bytes > 0 {
            whole
                .extend_from_slice(format!("\n[... {} bytes left out ...]\n", self.dropped_bytes).as_bytes());
        }
        whole.extend_from_slice(&self.tail);
        whole.into()
    }

    /// [`Self::joined`], as text; what is not UTF-8 is replaced. Of bytes that take several times their
    /// room in JSON, as NUL does, so many are left out that the text takes twice what was captured:
    /// a report is held and written by whoever ends attempts, and many end at once.
    pub fn to_text(&self) -> String {
        let joined = self.joined();
        let room = 2 * joined.len();
        let text = String::from_utf8_lossy(&joined);
        if text.chars().map(bytes_in_json).sum::<usize>() <= room {
            return text.into_owned();
        }
        let fits = |taken: &mut usize, c: char| {
            *taken += bytes_in_json(c);
            Some(c).filter(|_| *taken <= room / 2)
        };
        let head: String = text.chars().scan(0, fits).collect();
        let tail: Vec<char> = text.chars().rev().scan(0, fits).collect();
        let left_out = text.chars().count() - head.chars().count() - tail.len();
        let tail: String = tail.into_iter().rev().collect();
        format!("{head}\n[... {left_out} characters left out ...]\n{tail}")
    }

    /// Bytes that the guest wrote, kept or not.
    pub fn total_bytes(&self) -> u64 {
        self.head.len() as u64 + self.tail.len() as u64 + self.dropped_bytes
    }
}

/// What a character takes in a string of JSON.
fn bytes_in_json(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '\0'..='\x1f' => 6,
        _ => c.len_utf8(),
    }
}

/// How a job said that it wants to end (`cf_fail`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// As the retry rules say.
    #[default]
    Retry,
    /// Retry after the delay.
    RetryIn,
    /// Give up quietly.
    Discard,
    /// Give up: dead.
    Kill,
    /// Not a failure: again after the delay, from the last checkpoint.
    Snooze,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    pub class: FailureClass,
    /// Of `RetryIn` and `Snooze`.
    pub delay: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
    Trace = 5,
}

impl LogLevel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Since the attempt began.
    pub at: Duration,
    pub level: LogLevel,
    /// Cut at the line limit.
    pub text: String,
}

/// Log lines, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    pub lines: Vec<LogLine>,
    /// Lines beyond the attempt's log limit.
    pub dropped: u64,
}

/// The end of one attempt.
#[derive(Clone, Debug)]
pub struct Report {
    pub outcome: Outcome,
    /// A command's own code as a process would show it, 0 to 255 and 0 only when it completed, else
    /// [`Outcome::exit_code`].
    pub exit_code: i32,
    /// What happened, in one or a few lines; empty for `Completed`.
    pub message: String,
    pub memory: MemoryUse,
    pub host: HostUse,
    pub fuel: FuelUse,
    pub wall: Duration,
    pub checkpoint: CheckpointUse,
    /// What a job returned, or what a command wrote to stdout; only of `Completed`
    /// for a job. `None`: nothing was returned.
    pub output: Option<Bytes>,
    pub stdout: Captured,
    pub stderr: Captured,
    /// The guest's frames, innermost first: `function (file:line)` where the
    /// module has line tables.
    pub backtrace: Vec<String>,
    /// How the job asked to fail; `None` for a command and for every other outcome.
    pub failure: Option<Failure>,
    /// What was recorded and not yet taken by [`Control::take`](crate::Control::take):
    /// up to the last checkpoint, and up to the very end for `Completed`.
    pub last: Option<Snapshot>,
    /// Log lines not yet taken by [`Control::take_logs`](crate::Control::take_logs).
    pub logs: Logs,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(bytes: Vec<u8>) -> Captured {
        Captured { head: bytes.into(), ..Captured::default() }
    }

    #[test]
    fn a_stream_of_bytes_that_are_long_in_json_is_cut_in_its_middle() {
        for byte in [0_u8, 0x1b, 0xff] {
            let bytes = [&b"begun "[..], &[byte; 60_000], b" ended"].concat();
            let text = captured(bytes).to_text();
            assert!(text.starts_with("begun ") && text.ends_with(" ended"), "{byte}");
            assert!(text.contains(" characters left out ...]"), "{byte}");
            let written: usize = text.chars().map(bytes_in_json).sum();
            assert!(written <= 2 * 60_012 + 60, "{byte}: {written} bytes");
        }
    }

    #[test]
    fn text_and_lines_of_it_are_whole() {
        let lines = "a \"line\"\n\u{1b}[1mü\u{1b}[0m\n".repeat(1_000);
        assert_eq!(captured(lines.clone().into_bytes()).to_text(), lines);
    }
}
