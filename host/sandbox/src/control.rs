//! The outside's hold on a running attempt: stop it, take what it recorded,
//! look at what it uses. Works from any thread and never waits for the guest.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use tokio::sync::Notify;

use crate::account::HostAccount;
use crate::effects::{Progress, Snapshot, Urgency};
use crate::ledger::Ledger;
use crate::report::Logs;

/// Why somebody outside wants an attempt to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// A drain, a preemption: the job goes on elsewhere.
    Interrupt,
    /// The job is not wanted any more. Wins over `Interrupt`.
    Cancel,
}

/// What an attempt uses now. Figures of a guest that runs at this moment are
/// as of its last host call or the end of its last slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    pub fuel_used: u64,
    pub memory_bytes: u64,
    pub memory_peak_bytes: u64,
    pub host_bytes: u64,
    pub checkpoint_count: u64,
    /// `None`: this attempt made none yet.
    pub last_checkpoint_age: Option<Duration>,
    pub progress: Option<Progress>,
}

/// A handle on one attempt; clones share it, and it outlives the attempt.
#[derive(Clone)]
pub struct Control {
    pub(crate) shared: Arc<Shared>,
}

impl Control {
    /// A hold on an attempt that [`Program::attempt_under`](crate::Program::attempt_under) makes
    /// of it, whose host allowance is so many bytes, and whose first child has this number.
    pub fn new(host_allowance_bytes: u64, next_effect: u64) -> Control {
        Control { shared: Arc::new(Shared::new(host_allowance_bytes, next_effect)) }
    }

    /// Asks a job to end inside its next `cf_checkpoint`: the state handed
    /// over there is kept, and the guest is not returned to. A command, and a
    /// job that never checkpoints, go on; see [`Self::end_now`].
    pub fn request_stop(&self, stop: Stop) {
        self.shared.stop.fetch_max(stop as u8 + 1, Ordering::AcqRel);
        self.shared.wake();
    }

    /// Ends the attempt when the guest next yields: within a slice if it runs,
    /// at once if it waits. What it recorded up to its last checkpoint is in
    /// the report.
    pub fn end_now(&self, stop: Stop) {
        self.shared.end.fetch_max(stop as u8 + 1, Ordering::AcqRel);
        self.shared.wake();
    }

    /// The newest state with everything recorded up to it, if it was not taken
    /// before. Its bytes stay on the host account until [`Self::durable`].
    pub fn take(&self) -> Option<Snapshot> {
        self.shared.ledger().take()
    }

    /// The attempt has ended: what nobody took by then is in its report, which is made or
    /// about to be, and [`Self::take`] gives nothing any more.
    pub fn is_over(&self) -> bool {
        self.shared.ledger().is_over()
    }

    /// How soon what [`Self::take`] would hand out wants to be durable; `None`
    /// when there is nothing.
    pub fn urgency(&self) -> Option<Urgency> {
        self.shared.ledger().urgency()
    }

    /// Everything up to this checkpoint is durable: a guest that waits for it
    /// in `checkpoint now` goes on, and the bytes leave the host account. To
    /// be called after every commit of a snapshot.
    pub fn durable(&self, checkpoint_no: u64) {
        let released_bytes = self.shared.ledger().durable(checkpoint_no);
        self.shared.host.release(released_bytes);
        self.shared.durable.fetch_max(checkpoint_no, Ordering::AcqRel);
        self.shared.wake();
    }

    /// Completes when there is something to take that was not there before, or
    /// when it became more urgent. For one waiter; cancel-safe; a change while
    /// nobody waits is kept for the next call.
    pub async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    /// Log lines since the last call. Lines are never part of a snapshot.
    pub fn take_logs(&self) -> Logs {
        let (logs, released_bytes) = self.shared.ledger().take_logs();
        self.shared.host.release(released_bytes);
        logs
    }

    pub fn usage(&self) -> Usage {
        let shared = &self.shared;
        let ledger = shared.ledger();
        Usage {
            fuel_used: shared.fuel_used.load(Ordering::Relaxed),
            memory_bytes: shared.memory_bytes.load(Ordering::Relaxed),
            memory_peak_bytes: shared.memory_peak_bytes.load(Ordering::Relaxed),
            host_bytes: shared.host.bytes(),
            checkpoint_count: ledger.checkpoints().count,
            last_checkpoint_age: ledger.last_checkpoint_age(),
            progress: ledger.progress().cloned(),
        }
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("usage", &self.usage()).finish_non_exhaustive()
    }
}

/// What guest and outside both touch.
pub(crate) struct Shared {
    /// 0: nobody asked; else a [`Stop`] plus one. To be obeyed at a checkpoint.
    stop: AtomicU8,
    /// As `stop`, to be obeyed at the next poll.
    end: AtomicU8,
    /// The newest checkpoint known to be durable.
    durable: AtomicU64,
    waker: Mutex<Option<Waker>>,
    ledger: Mutex<Ledger>,
    pub(crate) changed: Notify,
    pub(crate) host: HostAccount,
    pub(crate) fuel_used: AtomicU64,
    pub(crate) memory_bytes: AtomicU64,
    pub(crate) memory_peak_bytes: AtomicU64,
    /// The guest waits inside a host call, so a pending poll used no fuel.
    pub(crate) waiting: AtomicBool,
}

impl Shared {
    pub(crate) fn new(host_allowance_bytes: u64, next_effect: u64) -> Self {
        Self {
            stop: AtomicU8::new(0),
            end: AtomicU8::new(0),
            durable: AtomicU64::new(0),
            waker: Mutex::new(None),
            ledger: Mutex::new(Ledger::starting_at(next_effect)),
            changed: Notify::new(),
            host: HostAccount::new(host_allowance_bytes),
            fuel_used: AtomicU64::new(0),
            memory_bytes: AtomicU64::new(0),
            memory_peak_bytes: AtomicU64::new(0),
            waiting: AtomicBool::new(false),
        }
    }

    /// No foreign code ever runs under this lock, so a panic cannot leave the
    /// ledger half written; a poisoned lock is as good as a clean one.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be obeyed at a checkpoint: either kind of request will do.
    pub(crate) fn stop_requested(&self) -> Option<Stop> {
        let stop = self.stop.load(Ordering::Acquire).max(self.end.load(Ordering::Acquire));
        stop_from(stop)
    }

    /// To be obeyed at once.
    pub(crate) fn end_requested(&self) -> Option<Stop> {
        stop_from(self.end.load(Ordering::Acquire))
    }

    pub(crate) fn is_durable(&self, checkpoint_no: u64) -> bool {
        self.durable.load(Ordering::Acquire) >= checkpoint_no
    }

    /// Remembers whom to wake. Before the flags are looked at, so that a request
    /// in between is not missed.
    pub(crate) fn register(&self, waker: &Waker) {
        let mut slot = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *slot {
            Some(known) if known.will_wake(waker) => {}
            slot => *slot = Some(waker.clone()),
        }
    }

    fn wake(&self) {
        let slot = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = &*slot {
            waker.wake_by_ref();
        }
    }
}

fn stop_from(flag: u8) -> Option<Stop> {
    match flag {
        0 => None,
        1 => Some(Stop::Interrupt),
        _ => Some(Stop::Cancel),
    }
}
