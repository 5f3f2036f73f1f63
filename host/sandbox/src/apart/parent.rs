//! The parent: starts a child, waits for it within its time, and says what came of it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::Signal;

use super::task::{ASKED, Answer, Task};

const THREADS: &str = "4";
/// The first line of an answer: an inspection with all its names.
const LINE_MAX_BYTES: u64 = 16 << 20;
/// What of a child's last words is repeated.
const WORDS_MAX_BYTES: usize = 400;

/// Asks children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Apart<'w> {
    /// Started with its task as arguments, and serves it: see [`super::serve_child`].
    pub(crate) program: &'w Path,
    pub(crate) variables: &'w [(String, String)],
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lost {
    /// The module's fault: it took more than a child may use, or broke what worked on it.
    #[error("{0}")]
    Bound(String),
    /// Ours or the machine's.
    #[error("{0}")]
    Machine(String),
}

impl Apart<'_> {
    /// Blocks until the child has ended; at most for its bound of wall time.
    pub(crate) fn ask(&self, task: &Task, module: &File) -> Result<(Answer, Vec<u8>), Lost> {
        let ours = |error: io::Error| Lost::Machine(error.to_string());
        let answer = anonymous("answer").map_err(ours)?;
        let mut child = self
            .start(task, module, &answer)
            .map_err(|error| Lost::Machine(format!("cannot start `{}`: {error}", self.program.display())))?;
        let (words, in_time) = listen(&mut child, task.bounds().wall);
        if !in_time {
            // It may have ended by itself in this moment.
            let _ = child.kill();
        }
        let status = child.wait().map_err(ours)?;
        if !status.success() {
            return Err(lost(task, status, in_time, &words));
        }
        read(answer).map_err(|error| Lost::Machine(format!("its answer cannot be read: {error}")))
    }

    fn start(&self, task: &Task, module: &File, answer: &File) -> io::Result<Child> {
        Command::new(self.program)
            .arg0(task.title())
            .arg(ASKED)
            .arg(std::process::id().to_string())
            .arg(serde_json::to_string(task)?)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            // Of the compiler's threads: each takes its stack out of the child's memory, and
            // processor time from guests.
            .env("RAYON_NUM_THREADS", THREADS)
            .current_dir("/")
            // Signals for the worker's group, from a terminal, are not for it.
            .process_group(0)
            .stdin(at_start(module)?)
            .stdout(answer.try_clone()?)
            .stderr(Stdio::piped())
            .spawn()
    }
}

/// A file in memory that nobody else can open.
pub(crate) fn anonymous(name: &str) -> io::Result<File> {
    Ok(File::from(memfd_create(name, MemfdFlags::CLOEXEC)?))
}

/// The module's bytes, as a file to hand on.
pub(crate) fn in_memory(module: &[u8]) -> io::Result<File> {
    let mut file = anonymous("module")?;
    file.write_all(module)?;
    Ok(file)
}

/// A reading position of the child's own: several children may read one module at once.
fn at_start(module: &File) -> io::Result<OwnedFd> {
    use std::os::fd::AsRawFd;
    let path = format!("/proc/self/fd/{}", module.as_fd().as_raw_fd());
    Ok(File::open(path)?.into())
}

/// What it says on stderr, until it ends; false when its time is over first.
fn listen(child: &mut Child, wall: Duration) -> (String, bool) {
    let until = Instant::now() + wall;
    let mut words = Vec::new();
    let Some(mut stderr) = child.stderr.take() else { return (String::new(), true) };
    let in_time = loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
        let mut fds = [PollFd::new(&stderr, PollFlags::IN)];
        match poll(&mut fds, Some(&left)) {
            Ok(0) => break false,
            Err(rustix::io::Errno::INTR) => continue,
            Ok(_) | Err(_) => {}
        }
        let mut piece = [0; 4096];
        match stderr.read(&mut piece) {
            Ok(0) | Err(_) => break true,
            Ok(n) if words.len() < WORDS_MAX_BYTES => words.extend_from_slice(&piece[..n]),
            Ok(_) => {}
        }
    };
    words.truncate(WORDS_MAX_BYTES);
    (String::from_utf8_lossy(&words).trim().to_owned(), in_time)
}

fn lost(task: &Task, status: ExitStatus, in_time: bool, words: &str) -> Lost {
    let bounds = task.bounds();
    if !in_time {
        return Lost::Machine(format!("it was not done after {:?}", bounds.wall));
    }
    let said = if words.is_empty() { String::new() } else { format!(" (`{words}`)") };
    match (status.signal().and_then(Signal::from_named_raw), status.signal(), status.code()) {
        (Some(Signal::XCPU), ..) => {
            Lost::Bound(format!("takes more than {} s of processor time", bounds.cpu.as_secs()))
        }
        (Some(Signal::XFSZ), ..) => Lost::Bound(format!("makes more than {} bytes", bounds.answer_bytes)),
        (Some(Signal::ABORT), ..) if words.contains("memory allocation") => {
            Lost::Bound(format!("takes more than {} bytes of memory", bounds.memory_bytes))
        }
        (Some(Signal::KILL), ..) => Lost::Machine(
            "it was killed from outside: most likely the system, or its control group, is out of memory"
                .to_owned(),
        ),
        (Some(Signal::TERM | Signal::INT | Signal::HUP), ..) => {
            Lost::Machine("it was told to end".to_owned())
        }
        (_, Some(signal), _) => Lost::Bound(format!("ends it with signal {signal}{said}")),
        // Its own panic; everything else that it can say it answers.
        (_, None, Some(101)) => Lost::Bound(format!("makes it panic{said}")),
        (_, None, code) => Lost::Machine(format!("it ended with code {code:?}{said}")),
    }
}

fn read(answer: File) -> io::Result<(Answer, Vec<u8>)> {
    use std::io::{BufRead, BufReader, Seek};
    let mut answer = BufReader::new(answer);
    answer.rewind()?;
    let mut line = Vec::new();
    (&mut answer).take(LINE_MAX_BYTES).read_until(b'\n', &mut line)?;
    let first = serde_json::from_slice(&line)?;
    let mut code = Vec::new();
    answer.read_to_end(&mut code)?;
    Ok((first, code))
}
