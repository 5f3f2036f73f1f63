//! A worker's process: what it spawned dies with it, and stands still while it is paused.
//! Its world is virtual time, a wall clock of its own, and dice.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use cofferdam_queue::{BoxFuture, Clock, Timestamp};
use cofferdam_worker::{Moment, World};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::dice::Dice;
use crate::tenure::Tenure;
use crate::verdicts::{Checker, Violations};

/// The wall clock of one simulated machine, which may be set.
#[derive(Debug)]
pub struct WallClock {
    began: Instant,
    jumped_ms: AtomicI64,
}

impl WallClock {
    /// Some day in 2027.
    pub fn new() -> Arc<WallClock> {
        Arc::new(WallClock { began: Instant::now(), jumped_ms: AtomicI64::new(1_800_000_000_000) })
    }

    /// Another machine's, so much ahead of this one now, or behind it.
    pub fn beside(&self, ahead_ms: i64) -> Arc<WallClock> {
        let jumped_ms = AtomicI64::new(self.jumped_ms.load(Ordering::Relaxed) + ahead_ms);
        Arc::new(WallClock { began: self.began, jumped_ms })
    }

    /// Sets the clock forward, or back.
    pub fn jump(&self, ms: i64) {
        self.jumped_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let elapsed_ms = self.began.elapsed().as_millis() as i64;
        Timestamp((elapsed_ms + self.jumped_ms.load(Ordering::Relaxed)) as u64)
    }
}

#[derive(Default)]
struct Tasks {
    handles: Vec<AbortHandle>,
    paused: Vec<Waker>,
}

/// One process.
pub struct Process {
    clock: Arc<WallClock>,
    dice: Dice,
    booted: Instant,
    killed: AtomicBool,
    paused: AtomicBool,
    tasks: Mutex<Tasks>,
    tenure: Tenure,
    violations: Violations,
}

impl Process {
    /// A process that has no task yet.
    pub fn new(clock: Arc<WallClock>, dice: Dice, violations: Violations) -> Arc<Process> {
        let booted = Instant::now();
        let (killed, paused) = (AtomicBool::new(false), AtomicBool::new(false));
        let (tasks, tenure) = (Mutex::default(), Tenure::new(violations.clone()));
        Arc::new(Process { clock, dice, booted, killed, paused, tasks, tenure, violations })
    }

    /// The dice of this process.
    pub fn dice(&self) -> &Dice {
        &self.dice
    }

    /// Its machine's wall clock.
    pub fn clock(&self) -> &WallClock {
        &self.clock
    }

    /// Until when it may work.
    pub fn tenure(&self) -> &Tenure {
        &self.tenure
    }

    /// Runs a task in it.
    pub fn run(self: &Arc<Process>, task: impl Future<Output = ()> + Send + 'static) {
        let gate = Gate { process: self.clone(), task: Box::pin(task) };
        let handle = tokio::spawn(gate).abort_handle();
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.handles.len() > 64 {
            tasks.handles.retain(|handle| !handle.is_finished());
        }
        tasks.handles.push(handle);
    }

    /// `kill -9`.
    pub fn kill(&self) {
        self.killed.store(true, Ordering::Relaxed);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.handles.iter().for_each(AbortHandle::abort);
    }

    /// Whether it was killed.
    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Relaxed)
    }

    /// The machine is suspended: no task of it turns, and time goes on.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::Relaxed);
    }

    /// And wakes up.
    pub fn resume(&self) {
        self.paused.store(false, Ordering::Relaxed);
        self.tenure.resumed();
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.paused.drain(..).for_each(Waker::wake);
    }
}

/// A task as far as its process lets it turn.
struct Gate {
    process: Arc<Process>,
    task: BoxFuture<'static, ()>,
}

impl Future for Gate {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.process.is_killed() {
            return Poll::Pending;
        }
        if self.process.paused.load(Ordering::Relaxed) {
            let mut tasks = self.process.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            tasks.paused.push(context.waker().clone());
            return Poll::Pending;
        }
        let task = self.task.as_mut();
        match std::panic::catch_unwind(AssertUnwindSafe(|| task.poll(context))) {
            Ok(polled) => polled,
            Err(_) => {
                let what = "a task of the worker panicked".to_owned();
                self.process.violations.say(Checker::Process, what);
                Poll::Ready(())
            }
        }
    }
}

/// What the worker takes from its machine.
pub struct VirtualWorld(pub Arc<Process>);

impl World for VirtualWorld {
    fn now(&self) -> Moment {
        Moment::from_micros(1_000_000 + self.0.booted.elapsed().as_micros() as u64)
    }

    fn wall(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn sleep_until(&self, moment: Moment) -> BoxFuture<'static, ()> {
        let at = self.0.booted + moment.since(Moment::from_micros(1_000_000));
        Box::pin(tokio::time::sleep_until(at))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.run(task);
    }

    fn random_u64(&self) -> u64 {
        self.0.dice.bits()
    }
}
