//! A program that runs beside the test, and does not outlive it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::wait;
use crate::{Ended, ended};

/// A started program. Dropping it kills and reaps it, whatever the test did.
#[derive(Debug)]
pub struct Process {
    line: String,
    child: Child,
    begun: Instant,
    stdout: Reader,
    stderr: Reader,
    ended: Option<(ExitStatus, Duration)>,
}

/// What was written to one of its streams so far; read at once, so that it never waits for us.
#[derive(Debug)]
struct Reader {
    text: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts it with nothing to read.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn start(command: &mut Command) -> Process {
        Process::start_with(command, Stdio::null())
    }

    /// Starts it with this to read.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn start_with(command: &mut Command, stdin: Stdio) -> Process {
        let line = shown(command);
        let begun = Instant::now();
        let mut child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start `{line}`: {error}"));
        let stdout = Reader::of(child.stdout.take());
        let stderr = Reader::of(child.stderr.take());
        Process { line, child, begun, stdout, stderr, ended: None }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// When it has ended already.
    #[track_caller]
    pub fn signal(&mut self, signal: Signal) {
        assert!(self.try_end().is_none(), "it has ended already\n{}", self.so_far());
        let id = Pid::from_child(&self.child);
        kill_process(id, signal).unwrap_or_else(|error| panic!("cannot signal `{}`: {error}", self.line));
    }

    /// SIGKILL, and the wait for its end.
    pub fn kill(&mut self) {
        // Both fail only when it has ended by itself, which is as well.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.try_end().is_some()
    }

    fn try_end(&mut self) -> Option<(ExitStatus, Duration)> {
        if self.ended.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            self.ended = Some((status, self.begun.elapsed()));
        }
        self.ended
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not come soon.
    #[track_caller]
    pub fn end(&mut self) -> Ended {
        self.end_within(wait::SOON)
    }

    /// Waits for its end, at most so long.
    ///
    /// # Panics
    /// When it does not come in time.
    #[track_caller]
    pub fn end_within(&mut self, bound: Duration) -> Ended {
        let what = format!("`{}` ends", self.line);
        let (status, took) = wait::within(bound, &what, || self.try_end());
        let (stdout, stderr) = (self.stdout.whole(), self.stderr.whole());
        ended::Ended::new(self.line.clone(), status, &stdout, &stderr, took)
    }

    /// What it wrote to stderr so far.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr.so_far()).into_owned()
    }

    /// What it wrote to stdout so far.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout.so_far()).into_owned()
    }

    fn so_far(&self) -> String {
        format!("$ {}\n--- stdout\n{}\n--- stderr\n{}", self.line, self.stdout(), self.stderr())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.try_end().is_none() {
            self.kill();
        }
        if std::thread::panicking() {
            eprintln!("{}", self.so_far());
        }
    }
}

impl Reader {
    fn of(stream: Option<impl Read + Send + 'static>) -> Reader {
        let text = Arc::new(Mutex::new(Vec::new()));
        let thread = stream.map(|stream| {
            let text = Arc::clone(&text);
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream);
                let mut line = Vec::new();
                while stream.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                    text.lock().expect("no reader panics").append(&mut line);
                }
            })
        });
        Reader { text, thread }
    }

    fn so_far(&self) -> Vec<u8> {
        self.text.lock().expect("no reader panics").clone()
    }

    /// After its end: to the last byte.
    fn whole(&mut self) -> Vec<u8> {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no reader panics");
        }
        self.so_far()
    }
}

pub(crate) fn shown(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once("cofferdam".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
