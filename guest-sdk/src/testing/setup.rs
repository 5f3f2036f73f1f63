//! [`TestJob`]: a job, and everything around it that a test decides.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use super::effects::Kept;
use super::host::{self, Interrupted, Setup, TestHost};
use super::run::{Outcome, TestRun};
use crate::entry::{self, JobFunction};
use crate::job::Job;

const MIB: u64 = 1 << 20;

/// A job under test: set up, then [`run`](TestJob::run).
#[derive(Clone)]
pub struct TestJob {
    function: Rc<dyn Fn(&mut Job) -> i32>,
    setup: Setup,
    from: Kept,
}

impl std::fmt::Debug for TestJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestJob")
            .field("setup", &self.setup)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl TestJob {
    /// The function under `#[job]`, or any other of its shape, with input
    /// `null`, no grants and the limits that the host has by default.
    pub fn new<S>(function: impl JobFunction<S> + 'static) -> Self {
        let setup = Setup {
            input: b"null".to_vec(),
            id: "test".to_owned(),
            kind: "test".to_owned(),
            queue: "default".to_owned(),
            attempt: 1,
            grants: [].into(),
            interrupt_at: None,
            memory_cap_bytes: 128 * MIB,
            host_allowance_bytes: 4 * MIB,
            fuel: Some(1_000_000_000_000),
            timeout: Some(Duration::from_secs(3600)),
            output_bytes: 1 << 20,
            checkpoint_bytes: 1 << 20,
            append_bytes: 1 << 20,
            children: 10_000,
            child_bytes: 1 << 20,
        };
        Self { function: Rc::new(move |job| entry::attempt(&function, job)), setup, from: Kept::default() }
    }

    /// The input, as JSON.
    ///
    /// # Panics
    /// It cannot be written as JSON.
    #[must_use]
    pub fn input<T: Serialize + ?Sized>(self, input: &T) -> Self {
        match serde_json::to_vec(input) {
            Ok(json) => self.input_bytes(json),
            Err(error) => panic!("the input cannot be written as JSON: {error}"),
        }
    }

    /// The input as it is pushed, JSON or not.
    #[must_use]
    pub fn input_bytes(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.setup.input = input.into();
        self
    }

    /// Gives the grant `name`: [`Job::grant`] answers this directory.
    #[must_use]
    pub fn grant(mut self, name: &str, directory: impl Into<PathBuf>) -> Self {
        self.setup.grants.insert(name.to_owned(), directory.into());
        self
    }

    /// What [`Job::id`] answers. Default: `test`.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.setup.id);
        self
    }

    /// What [`Job::kind`] answers. Default: `test`.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.setup.kind);
        self
    }

    /// What [`Job::attempt`] answers. Default: 1.
    #[must_use]
    pub fn attempt(mut self, attempt: u64) -> Self {
        self.setup.attempt = attempt;
        self
    }

    /// Fuel as the job sees it: cap and what is left. `None`: no bound. Default: 1T.
    #[must_use]
    pub fn fuel(mut self, fuel: impl Into<Option<u64>>) -> Self {
        self.setup.fuel = fuel.into();
        self
    }

    /// Time as the job sees it: timeout and what is left. `None`: no bound. Default: 1 h.
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.setup.timeout = timeout.into();
        self
    }

    /// Memory as the job sees it, in bytes: cap and what is left. Default: 128 MiB.
    #[must_use]
    pub fn memory_cap_bytes(mut self, bytes: u64) -> Self {
        self.setup.memory_cap_bytes = bytes;
        self
    }

    /// The size limit of a checkpoint's state, in bytes. Default: 1 MiB.
    #[must_use]
    pub fn checkpoint_limit_bytes(mut self, bytes: usize) -> Self {
        self.setup.checkpoint_bytes = bytes;
        self
    }

    /// The size limit of the output, in bytes. Default: 1 MiB.
    #[must_use]
    pub fn output_limit_bytes(mut self, bytes: usize) -> Self {
        self.setup.output_bytes = bytes;
        self
    }

    /// The attempt is to stop: its `number`th checkpoint (from 1) keeps the
    /// state and does not return, and `stop_requested` says so before.
    #[must_use]
    pub fn interrupt_at(mut self, number: u64) -> Self {
        self.setup.interrupt_at = Some(number);
        self
    }

    /// The attempt runs to its end.
    #[must_use]
    pub fn uninterrupted(mut self) -> Self {
        self.setup.interrupt_at = None;
        self
    }

    /// The next attempt of the job: from `kept`, with nothing that came after it.
    pub(super) fn next_attempt(mut self, kept: Kept) -> Self {
        self.setup.attempt += 1;
        self.from = kept;
        self
    }

    /// Runs one attempt.
    ///
    /// # Panics
    /// The job panics: a test shows the panic as it is.
    pub fn run(&self) -> TestRun {
        crate::journal::install();
        let host = TestHost::new(self.setup.clone(), self.from.clone());
        let (host, answer) =
            host::during(host, || catch_unwind(AssertUnwindSafe(|| (self.function)(&mut Job::new()))));
        let outcome = match answer {
            Ok(0) => Outcome::Completed,
            Ok(_) => match host.failure.clone() {
                Some(error) => Outcome::Failed(error),
                None => unreachable!("`entry::attempt` reports every failure"),
            },
            Err(payload) if payload.is::<Interrupted>() => Outcome::Interrupted,
            Err(payload) => resume_unwind(payload),
        };
        TestRun::new(self.clone(), outcome, host)
    }
}
