//! The worker's port to its guests, with a gauge on it: what runs at once, in attempts and
//! in bytes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cofferdam_queue::{BoxFuture, Manifest, ModuleHash, Pointer};
use cofferdam_worker::{Compiled, Guest, LoadError, Sandbox, Start};
use tokio::time::Instant;

use crate::guest::{Hold, Play, Shared};
use crate::kinds;
use crate::ledger::Ledger;
use crate::process::Process;
use crate::script::Script;
use crate::verdicts::{Checker, Violations};

/// The scripted sandbox of one process.
pub struct Scripted {
    /// The process in which its guests live.
    pub process: Arc<Process>,
    /// What runs.
    pub gauge: Arc<Gauge>,
    /// Where guests say what they handed over.
    pub ledger: Arc<Ledger>,
    /// What goes wrong in it.
    pub moods: Moods,
}

/// How a sandbox behaves.
#[derive(Clone, Copy, Debug)]
pub struct Moods {
    /// In a hundred loads, so many fail by a fault of the host.
    pub load_faults_percent: u64,
    /// The kind that asks for a directory which this machine does not have.
    pub lacks: Option<&'static str>,
    /// The longest that a module takes to compile, in milliseconds.
    pub compiling_ms: u64,
    /// In a hundred attempts, so many keep their memory for up to 30 ms after their end.
    pub lingering_percent: u64,
}

impl Moods {
    /// As on a bad day.
    pub const BAD: Moods =
        Moods { load_faults_percent: 2, lacks: None, compiling_ms: 400, lingering_percent: 20 };
    /// As it should be.
    pub const GOOD: Moods =
        Moods { load_faults_percent: 0, lacks: None, compiling_ms: 1, lingering_percent: 0 };
}

/// What runs at this moment, and what may.
pub struct Gauge {
    /// The memory budget of the worker.
    pub budget_bytes: u64,
    /// Its slots.
    pub concurrency: u32,
    /// Where to say that it was exceeded.
    pub violations: Violations,
    running: Mutex<(u32, u64)>,
}

impl Gauge {
    /// Nothing runs yet.
    pub fn new(budget_bytes: u64, concurrency: u32, violations: Violations) -> Arc<Gauge> {
        Arc::new(Gauge { budget_bytes, concurrency, violations, running: Mutex::default() })
    }

    /// Attempts and bytes that run now.
    pub fn running(&self) -> (u32, u64) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, bytes: u64) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.0 += 1;
        running.1 += bytes;
        if running.0 > self.concurrency {
            let what = format!("{} attempts run at once; {} may", running.0, self.concurrency);
            self.violations.say(Checker::Gauge, what);
        }
        if running.1 > self.budget_bytes {
            let what = format!("{} bytes are in use; the budget is {}", running.1, self.budget_bytes);
            self.violations.say(Checker::Gauge, what);
        }
    }

    fn leave(&self, bytes: u64) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.0 -= 1;
        running.1 -= bytes;
    }
}

impl Sandbox for Scripted {
    fn load(&self, pointer: Pointer, wasm: Bytes) -> BoxFuture<'_, Result<Arc<dyn Compiled>, LoadError>> {
        Box::pin(async move {
            let compiles = Duration::from_millis(self.process.dice().within(0..self.moods.compiling_ms));
            tokio::time::sleep_until(Instant::now() + compiles).await;
            let kind = pointer.kind.as_str();
            assert!(wasm.starts_with(kind.as_bytes()), "`{kind}` was given another module");
            if self.process.dice().chance(self.moods.load_faults_percent) {
                return Err(LoadError::Host("no space left in the cache".to_owned()));
            }
            if self.moods.lacks == Some(kind) {
                return Err(LoadError::Elsewhere("there is no directory for its grant".to_owned()));
            }
            if kind == kinds::REFUSED {
                return Err(LoadError::Refused("imports `env.fork`, which no host has".to_owned()));
            }
            let (process, gauge, ledger) = (self.process.clone(), self.gauge.clone(), self.ledger.clone());
            let moods = self.moods;
            let Pointer { module, manifest, .. } = pointer;
            Ok(Arc::new(Module { process, gauge, ledger, moods, module, manifest }) as Arc<dyn Compiled>)
        })
    }
}

struct Module {
    process: Arc<Process>,
    gauge: Arc<Gauge>,
    ledger: Arc<Ledger>,
    moods: Moods,
    module: ModuleHash,
    manifest: Manifest,
}

impl Module {
    /// A module goes on from its own checkpoints and from those that it can read.
    fn look_at(&self, start: &Start) {
        let claimed = &start.claimed;
        let wrong =
            |what: String| self.gauge.violations.say(Checker::Start, format!("{}: {what}", claimed.id));
        if claimed.module != self.module || claimed.kind != self.manifest.kind {
            wrong(format!("{} was given to {}", claimed.kind, self.manifest.kind));
        }
        let reads = self.manifest.checkpoint_version;
        if let Some(checkpoint) = claimed.checkpoint.as_ref().filter(|one| one.version != reads) {
            wrong(format!("a checkpoint of version {} was given to one of {reads}", checkpoint.version));
        }
    }
}

impl Compiled for Module {
    fn start(&self, start: Start) -> Box<dyn Guest> {
        let shared = Arc::new(Shared::default());
        let reserved_bytes = self.manifest.reservation_bytes(start.claimed.step);
        let script = Script::of(&start.claimed.input);
        let numbers = script.numbers();
        let (gauge, process, moods) = (self.gauge.clone(), self.process.clone(), self.moods);
        let ledger = self.ledger.clone();
        self.look_at(&start);
        let play = Play { shared: shared.clone(), start, script, numbers, ledger, process: process.clone() };
        gauge.enter(reserved_bytes);
        self.process.run(async move {
            let ended = play.run().await;
            if process.dice().chance(moods.lingering_percent) {
                // Its memory is not free at once.
                let lingers = Duration::from_micros(process.dice().within(1..30_000));
                tokio::time::sleep_until(Instant::now() + lingers).await;
            }
            gauge.leave(reserved_bytes);
            play.start.events.ended(ended);
        });
        Box::new(Hold(shared))
    }
}
