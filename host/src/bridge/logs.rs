//! What guests say while they run: for the store, with the next commit. Never for the worker's
//! own log, which a guest could flood, or make say what never happened.

use std::sync::atomic::{AtomicBool, Ordering};

use cofferdam_queue::{LogLine, Timestamp};
use cofferdam_sandbox::{Captured, LiveOutput, Logs, Progress};
use tokio::sync::Notify;

/// Hears one guest. Wakes its task once for all that was said since it was last taken.
#[derive(Default)]
pub struct Told {
    something: AtomicBool,
    pub woken: Notify,
}

impl Told {
    /// There is a line or a progress that nobody took.
    pub fn is_something(&self) -> bool {
        self.something.load(Ordering::Acquire)
    }

    /// About to take it: what is said from here on wakes again.
    pub fn taken(&self) {
        self.something.store(false, Ordering::Release);
    }

    fn tell(&self) {
        if !self.something.swap(true, Ordering::AcqRel) {
            self.woken.notify_one();
        }
    }
}

impl LiveOutput for Told {
    fn log(&self, _line: &cofferdam_sandbox::LogLine) {
        self.tell();
    }

    fn progress(&self, _progress: &Progress) {
        self.tell();
    }
}

/// Lines for the store.
pub fn lines(logs: Logs, attempt: u32, began: Timestamp) -> Vec<LogLine> {
    let mut lines: Vec<LogLine> = Vec::with_capacity(logs.lines.len());
    let mut last = began;
    for line in logs.lines {
        last = began + u64::try_from(line.at.as_millis()).unwrap_or(u64::MAX);
        lines.push(LogLine { at: last, attempt, level: line.level.as_str().to_owned(), text: line.text });
    }
    if logs.dropped > 0 {
        let text = format!("{} lines beyond the log limit of this attempt are not kept", logs.dropped);
        lines.push(LogLine { at: last, attempt, level: "warn".to_owned(), text });
    }
    lines
}

/// The longest line of a stream that is kept, in characters.
const LINE_CHARS_MAX: usize = 4096;

/// What a guest wrote to a stream that is not its result, line by line.
pub fn stream_lines(stream: &Captured, level: &str, attempt: u32, at: Timestamp) -> Vec<LogLine> {
    let text = stream.to_text();
    let line = |text: &str| LogLine {
        at,
        attempt,
        level: level.to_owned(),
        text: text.chars().take(LINE_CHARS_MAX).collect(),
    };
    text.lines().filter(|text| !text.is_empty()).map(line).collect()
}
