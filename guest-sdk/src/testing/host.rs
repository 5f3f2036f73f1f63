//! The host of one attempt, for the thread that runs it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::effects::{ChildJob, Kept, LogLine, Progress};
use crate::abi::{
    E_INVALID, E_NONE, E_STATE, E_TOO_LARGE, LEFT_FUEL, LEFT_HOST_BYTES, LEFT_MEMORY_BYTES, LEFT_TIME_MS,
};
use crate::error::{Class, Error};

thread_local! {
    static HOST: RefCell<Option<TestHost>> = const { RefCell::new(None) };
}

/// The payload with which a checkpoint leaves the job's function.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// What a test says about an attempt before it runs.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub input: Vec<u8>,
    pub id: String,
    pub kind: String,
    pub queue: String,
    pub attempt: u64,
    pub grants: BTreeMap<String, PathBuf>,
    pub interrupt_at: Option<u64>,
    pub memory_cap_bytes: u64,
    pub host_allowance_bytes: u64,
    pub fuel: Option<u64>,
    pub timeout: Option<Duration>,
    pub output_bytes: usize,
    pub checkpoint_bytes: usize,
    pub append_bytes: usize,
    pub children: usize,
    pub child_bytes: usize,
}

#[derive(Debug)]
pub(crate) struct TestHost {
    setup: Setup,
    pub input: Vec<u8>,
    /// From which the attempt started.
    pub resumed: Kept,
    /// As of the newest checkpoint.
    pub kept: Kept,
    /// As of now.
    pub now: Kept,
    pub output: Option<Vec<u8>>,
    pub failure: Option<Error>,
    pub logs: Vec<LogLine>,
    pub checkpoints: u64,
}

/// Lends the host of this thread's attempt.
///
/// # Panics
/// No attempt is running: a `Job` was used outside of `TestJob::run`.
pub(crate) fn with<R>(act: impl FnOnce(&mut TestHost) -> R) -> R {
    HOST.with_borrow_mut(|slot| match slot {
        Some(host) => act(host),
        None => panic!(
            "no job is running on this thread: natively, a job runs under `cofferdam_sdk::testing::TestJob`"
        ),
    })
}

/// Makes `host` the one of this thread while `attempt` runs, and returns it.
pub(crate) fn during<R>(host: TestHost, attempt: impl FnOnce() -> R) -> (TestHost, R) {
    HOST.with_borrow_mut(|slot| {
        assert!(slot.is_none(), "a test job inside another one: run them one after the other");
        *slot = Some(host);
    });
    let answer = attempt();
    match HOST.take() {
        Some(host) => (host, answer),
        None => unreachable!("the attempt's host was put there above"),
    }
}

/// Whether this thread runs an attempt, for log lines from elsewhere.
pub(crate) fn is_running() -> bool {
    HOST.with_borrow(Option::is_some)
}

pub(crate) fn grant_directory(name: &str) -> PathBuf {
    with(|host| match host.setup.grants.get(name) {
        Some(directory) => directory.clone(),
        None => panic!(
            "the job uses the grant `{name}`: give the test one with `.grant(\"{name}\", \"some/directory\")`"
        ),
    })
}

impl TestHost {
    pub(crate) fn new(setup: Setup, resumed: Kept) -> Self {
        Self {
            input: setup.input.clone(),
            setup,
            kept: resumed.clone(),
            now: resumed.clone(),
            resumed,
            output: None,
            failure: None,
            logs: Vec::new(),
            checkpoints: 0,
        }
    }

    pub(crate) fn output(&mut self, bytes: &[u8]) -> i32 {
        if self.output.is_some() || self.failure.is_some() {
            return E_STATE;
        }
        if bytes.len() > self.setup.output_bytes {
            return E_TOO_LARGE;
        }
        self.output = Some(bytes.to_vec());
        0
    }

    pub(crate) fn checkpoint(&mut self, state: &[u8]) -> Result<i32, Interrupted> {
        if state.len() > self.setup.checkpoint_bytes {
            return Ok(E_TOO_LARGE);
        }
        self.now.state = Some(state.to_vec());
        self.kept = self.now.clone();
        self.checkpoints += 1;
        if self.setup.interrupt_at == Some(self.checkpoints) { Err(Interrupted) } else { Ok(0) }
    }

    /// From the checkpoint before the one that will not return.
    pub(crate) fn stop_requested(&self) -> bool {
        self.setup.interrupt_at.is_some_and(|at| self.checkpoints + 1 >= at)
    }

    pub(crate) fn append(&mut self, part: &str, bytes: &[u8]) -> i32 {
        if !is_name(part) {
            return E_INVALID;
        }
        if bytes.len() > self.setup.append_bytes {
            return E_TOO_LARGE;
        }
        self.now.parts.entry(part.to_owned()).or_default().extend_from_slice(bytes);
        0
    }

    pub(crate) fn enqueue(&mut self, spec: &[u8]) -> Result<String, i32> {
        let mut child: ChildJob = serde_json::from_slice(spec).map_err(|_| E_INVALID)?;
        if !is_name(&child.kind) || !child.queue.as_deref().is_none_or(is_name) {
            return Err(E_INVALID);
        }
        if self.now.children.len() >= self.setup.children || spec.len() > self.setup.child_bytes {
            return Err(E_TOO_LARGE);
        }
        child.id = format!("{}-child-{}", self.setup.id, self.now.children.len() + 1);
        let id = child.id.clone();
        self.now.children.push(child);
        Ok(id)
    }

    pub(crate) fn progress(&mut self, done: u64, total: u64, message: &str) -> i32 {
        self.now.progress =
            Some(Progress { done, total: (total > 0).then_some(total), message: message.to_owned() });
        0
    }

    pub(crate) fn log(&mut self, level: i32, line: &str) -> i32 {
        let level = match level {
            1 => log::Level::Error,
            2 => log::Level::Warn,
            3 => log::Level::Info,
            4 => log::Level::Debug,
            5 => log::Level::Trace,
            _ => return E_INVALID,
        };
        self.logs.push(LogLine { level, text: line.to_owned() });
        0
    }

    pub(crate) fn info(&self) -> Value {
        let setup = &self.setup;
        json!({
            "id": setup.id,
            "kind": setup.kind,
            "queue": setup.queue,
            "attempt": setup.attempt,
            "resumed": self.resumed.state.is_some(),
            "memory_cap_bytes": setup.memory_cap_bytes,
            "fuel_cap": setup.fuel,
            "host_allowance_bytes": setup.host_allowance_bytes,
            "timeout_ms": setup.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
            "limits": {
                "output_bytes": setup.output_bytes,
                "checkpoint_bytes": setup.checkpoint_bytes,
                "append_bytes": setup.append_bytes,
                "children": setup.children,
                "child_bytes": setup.child_bytes,
            },
        })
    }

    pub(crate) fn left(&self, which: i32) -> i64 {
        let left = match which {
            LEFT_FUEL => self.setup.fuel,
            LEFT_MEMORY_BYTES => Some(self.setup.memory_cap_bytes),
            LEFT_TIME_MS => {
                self.setup.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX))
            }
            LEFT_HOST_BYTES => Some(self.setup.host_allowance_bytes),
            _ => return i64::from(E_INVALID),
        };
        left.map_or(i64::from(E_NONE), |left| i64::try_from(left).unwrap_or(i64::MAX))
    }

    pub(crate) fn fail(&mut self, class: i32, delay_ms: u64, message: &str) -> i32 {
        let delay = Duration::from_millis(delay_ms);
        let class = match class {
            0 => Class::Retry,
            1 => Class::RetryIn(delay),
            2 => Class::Discard,
            3 => Class::Kill,
            4 => Class::Snooze(delay),
            _ => return E_INVALID,
        };
        self.failure = Some(Error::msg(message).with_class(class));
        0
    }
}

/// The rule of the header for the names of parts, kinds and queues.
fn is_name(name: &str) -> bool {
    let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}
