//! What the guest writes, on its way to our own stdout and stderr.
//!
//! A thread of its own writes, so that nobody else ever waits for a reader that does not
//! read. The guest waits, as any program in a pipe does; but only until its time is up.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use cofferdam_sandbox::{LiveOutput, LogLine, Progress};
use indicatif::ProgressBar;
use tokio::sync::Notify;

use super::sink::Sink;
use crate::output::escaped;

/// How much may be on its way.
const QUEUED_BYTES_MAX: usize = 1 << 20;

/// What passes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// Stdout to stdout, stderr to stderr: a command's.
    Both,
    /// All to stderr: a job's, whose result is what goes to stdout.
    ToStderr,
    /// Nothing: it is in the report.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

/// Hears the guest.
pub struct Passthrough {
    passing: Passing,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    state: Mutex<Queued>,
    moved: Condvar,
    /// The writer is done, or the reader is gone.
    pub ended: Notify,
}

#[derive(Default)]
struct Queued {
    chunks: VecDeque<(Stream, Vec<u8>)>,
    bytes: usize,
    /// Nothing more will come.
    closed: bool,
    /// Nobody waits any more: what does not fit is dropped.
    released: bool,
    /// Everything was written.
    drained: bool,
    /// The reader of stdout has gone away.
    broken: bool,
    progress: Option<Progress>,
}

impl Passthrough {
    /// Starts the writer; `bar` is moved out of the way while it writes.
    pub fn start(passing: Passing, bar: Option<ProgressBar>) -> io::Result<Arc<Passthrough>> {
        let line = Arc::new(Line::default());
        if passing != Passing::Nothing {
            let writer = line.clone();
            std::thread::Builder::new()
                .name("passthrough".to_owned())
                .spawn(move || writer.write_all(bar))?;
        }
        Ok(Arc::new(Passthrough { passing, line }))
    }

    /// From now on the guest waits for nobody.
    pub fn release(&self) {
        self.line.lock().released = true;
        self.line.moved.notify_all();
    }

    /// Completes when the reader of stdout has gone away.
    pub async fn broken(&self) {
        self.line.until(|queued| queued.broken).await;
    }

    /// Completes when all that was said is written, or will never be.
    pub async fn finished(&self) {
        self.line.lock().closed = true;
        self.line.moved.notify_all();
        if self.passing != Passing::Nothing {
            self.line.until(|queued| queued.drained || queued.broken).await;
        }
    }

    /// What was last said of how far it is, if that is new.
    pub fn progress(&self) -> Option<Progress> {
        self.line.lock().progress.take()
    }

    fn say(&self, stream: Stream, bytes: &[u8]) {
        let stream = match self.passing {
            Passing::Nothing => return,
            Passing::ToStderr => Stream::Err,
            Passing::Both => stream,
        };
        let mut queued = self.line.lock();
        while queued.bytes > QUEUED_BYTES_MAX && !queued.released && !queued.broken {
            queued = self.line.moved.wait(queued).unwrap_or_else(PoisonError::into_inner);
        }
        if queued.bytes <= QUEUED_BYTES_MAX && !queued.broken {
            queued.bytes += bytes.len();
            queued.chunks.push_back((stream, bytes.to_vec()));
            self.line.moved.notify_all();
        }
    }
}

impl LiveOutput for Passthrough {
    fn stdout(&self, bytes: &[u8]) {
        self.say(Stream::Out, bytes);
    }

    fn stderr(&self, bytes: &[u8]) {
        self.say(Stream::Err, bytes);
    }

    fn log(&self, line: &LogLine) {
        self.say(Stream::Err, format!("{}: {}\n", line.level.as_str(), escaped(&line.text)).as_bytes());
    }

    fn progress(&self, progress: &Progress) {
        self.line.lock().progress = Some(progress.clone());
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Queued> {
        // Nothing is half written under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn until(&self, condition: impl Fn(&Queued) -> bool) {
        loop {
            let changed = self.ended.notified();
            tokio::pin!(changed);
            // Before the look: a change in between is not missed.
            changed.as_mut().enable();
            if condition(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    fn write_all(&self, bar: Option<ProgressBar>) {
        let mut sinks = (Sink::new(io::stdout()), Sink::new(io::stderr()));
        while let Some((stream, bytes)) = self.next() {
            let mut write = || match stream {
                Stream::Out => sinks.0.write(&bytes),
                Stream::Err => sinks.1.write(&bytes),
            };
            let written = match &bar {
                Some(bar) => bar.suspend(&mut write),
                None => write(),
            };
            let mut queued = self.lock();
            queued.bytes -= bytes.len();
            // A stderr that is closed is nothing to end a job for.
            queued.broken |= written.is_err() && stream == Stream::Out;
            let is_broken = queued.broken;
            drop(queued);
            self.moved.notify_all();
            if is_broken {
                break;
            }
        }
        self.lock().drained = true;
        self.ended.notify_waiters();
    }

    fn next(&self) -> Option<(Stream, Vec<u8>)> {
        let mut queued = self.lock();
        loop {
            if let Some(chunk) = queued.chunks.pop_front() {
                return Some(chunk);
            }
            if queued.closed {
                return None;
            }
            queued = self.moved.wait(queued).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_guest_does_not_wait_for_a_reader_that_does_not_read() {
        // No writer is started: nothing is ever read.
        let passthrough = Passthrough { passing: Passing::Both, line: Arc::default() };
        passthrough.release();
        let chunk = vec![0; 64 << 10];
        (0..64).for_each(|_| passthrough.stdout(&chunk));
        assert!(passthrough.line.lock().bytes <= QUEUED_BYTES_MAX + chunk.len());
    }
}
