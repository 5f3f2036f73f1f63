//! The guest's frames, by name. The engine knows them as numbers; what they are called is read
//! from the module's own bytes after a trap, in a process apart and for a bounded time. An answer
//! that takes longer is left out, and so is one when too many are asked for at once.

mod symbols;

use std::collections::VecDeque;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use wasmtime::WasmBacktrace;

use crate::apart::{FrameAt, Lost};
use crate::cache;
use crate::clock::Clock;
use crate::modules::Bytes;
use crate::workshop::Workshop;

pub(crate) use symbols::name;

/// A bit longer than a process apart has.
const PATIENCE: Duration = Duration::from_secs(6);
/// Processes at once that name frames. A storm of traps waits in line, and gives up there.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// A module that traps mostly traps where it did before.
const REMEMBERED: usize = 8;

/// The guest's frames, innermost first; a frame into which others were inlined
/// is several lines.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trace {
    pub(crate) lines: Vec<String>,
    /// The innermost that its author wrote: where to look first.
    pub(crate) own: Option<String>,
}

/// What a module's names and line tables are read from, and what was read last.
pub(crate) struct Symbols {
    bytes: Bytes,
    workshop: Workshop,
    traces: Mutex<VecDeque<(Vec<FrameAt>, Trace)>>,
    /// To read them took more than it may: not tried again.
    given_up: AtomicBool,
}

impl Symbols {
    pub(crate) fn new(bytes: Bytes, workshop: Workshop) -> Symbols {
        Symbols { bytes, workshop, traces: Mutex::default(), given_up: AtomicBool::new(false) }
    }

    fn remembered(&self, frames: &[FrameAt]) -> Option<Trace> {
        let traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        traces.iter().find(|(of, _)| of == frames).map(|(_, trace)| trace.clone())
    }

    /// Blocks until a process apart has answered.
    fn read(&self, frames: &[FrameAt]) -> Option<Trace> {
        let opened: File;
        let module = match &self.bytes {
            Bytes::Kept(file) => file,
            Bytes::Cached(path) => {
                opened = cache::open(path).ok()?;
                &opened
            }
        };
        let trace = match self.workshop.name(module, frames) {
            Ok(trace) => trace,
            Err(lost) => {
                tracing::debug!("a backtrace stays without names: to read them {lost}");
                self.given_up.store(matches!(lost, Lost::Bound(_)), Ordering::Relaxed);
                return None;
            }
        };
        let mut traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        traces.truncate(REMEMBERED - 1);
        traces.push_front((frames.to_vec(), trace.clone()));
        Some(trace)
    }
}

pub(crate) async fn trace(
    backtrace: Option<&WasmBacktrace>,
    symbols: Option<Arc<Symbols>>,
    clock: &Clock,
) -> Trace {
    let Some(backtrace) = backtrace else { return Trace::default() };
    let frames: Vec<FrameAt> = backtrace
        .frames()
        .iter()
        .map(|frame| FrameAt {
            function: frame.func_index(),
            offset: frame.module_offset().map(|offset| offset as u64),
        })
        .collect();
    let plain = || Trace { lines: frames.iter().map(|frame| symbols::unnamed(*frame)).collect(), own: None };
    let Some(symbols) = symbols else { return plain() };
    if let Some(trace) = symbols.remembered(&frames) {
        return trace;
    }
    if symbols.given_up.load(Ordering::Relaxed) {
        return plain();
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return plain() };
    let asked = frames.clone();
    let reading = async move {
        let turn = AT_ONCE.acquire().await.ok()?;
        // Whoever was in line before may have asked the same.
        if let Some(trace) = symbols.remembered(&asked) {
            return Some(trace);
        }
        let read = move || {
            // Kept until the process is gone, also when nobody waits for it any more.
            let _turn = turn;
            symbols.read(&asked)
        };
        runtime.spawn_blocking(read).await.ok().flatten()
    };
    tokio::select! {
        biased;
        read = reading => read.unwrap_or_else(plain),
        () = clock.until(Instant::now() + PATIENCE) => plain(),
    }
}
