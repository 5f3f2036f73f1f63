//! What wakes workers of other processes: each store handle that listens has a named pipe
//! in the meeting place, and a writer puts one byte into every other handle's.
//!
//! A pipe tells two things at once. Its bytes say that something may have changed. And
//! whoever holds its writing end hears from the system when its reader is gone: so a
//! worker's death is noticed by the others in the moment it happens. That is only the
//! hint; the proof is the worker's lock (see `proof`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use cofferdam_queue::{StoreError, Wake};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};

use super::error::explain_io;
use crate::bell::Bell;

const SUFFIX: &str = ".pipe";
const JOBS: u8 = b'j';
const NOTICES: u8 = b'n';
const WORKERS: u8 = b'w';
const END: u8 = b'e';

/// When to look for the dead after a pipe lost its reader, in milliseconds: its lock is let go
/// in the same moment, but in no certain order.
const LOOKS_MS: [u64; 6] = [0, 2, 10, 50, 250, 1_000];

/// Wake every other handle that listens. What fails concerns a handle that is gone.
pub(super) fn ring_others(dir: &Path, own: &str, wake: Wake, workers: bool) {
    let mut bytes = Vec::with_capacity(3);
    bytes.extend(wake.jobs.then_some(JOBS));
    bytes.extend(wake.notices.then_some(NOTICES));
    bytes.extend(workers.then_some(WORKERS));
    if bytes.is_empty() {
        return;
    }
    for (_, path) in pipes(dir, own) {
        match writing_end(&path) {
            // A full pipe is one that was rung already.
            Ok(mut pipe) => drop(pipe.write(&bytes)),
            Err(error) if error.raw_os_error() == Some(NO_READER) => drop(fs::remove_file(&path)),
            Err(error) => tracing::debug!(%error, pipe = %path.display(), "a worker could not be woken"),
        }
    }
}

/// What opening a pipe for writing says when nobody has it open for reading.
const NO_READER: i32 = rustix::io::Errno::NXIO.raw_os_error();

fn writing_end(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path)
}

fn pipes(dir: &Path, own: &str) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
        .filter(|(name, _)| name.ends_with(SUFFIX) && name != own)
        .collect()
}

/// The name of a handle's pipe.
pub(super) fn name(handle: u64) -> String {
    format!("{:08x}-{handle:016x}{SUFFIX}", std::process::id())
}

/// A handle that listens, on a thread of its own.
pub(super) struct Listener {
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Listen at the pipe `own` in `dir`; ring `bell`; call `bury` when a worker may have died.
    pub(super) fn start(
        dir: &Path,
        own: &str,
        bell: Arc<Bell>,
        bury: impl Fn() + Send + 'static,
    ) -> Result<Listener, StoreError> {
        let path = dir.join(own);
        let pipe = create(&path).map_err(|error| explain_io(&path, &error))?;
        let (dir, own) = (dir.to_owned(), own.to_owned());
        let thread = std::thread::Builder::new()
            .name("store-listener".to_owned())
            .spawn(move || listen(&dir, &own, pipe, &bell, &bury))
            .map_err(|error| explain_io(&path, &error))?;
        Ok(Listener { path, thread: Some(thread) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let told = writing_end(&self.path).and_then(|mut pipe| pipe.write(&[END]));
        let _ = fs::remove_file(&self.path);
        match (told, self.thread.take()) {
            (Ok(_), Some(thread)) => drop(thread.join()),
            // It cannot be told, and ends with the process.
            (Err(error), _) => tracing::debug!(%error, "the store's listener could not be ended"),
            (Ok(_), None) => {}
        }
    }
}

/// Make the pipe and open it before anybody can find it: a writer that finds a pipe
/// without a reader takes it for a dead one's.
fn create(path: &Path) -> io::Result<File> {
    let unnamed = path.with_extension("new");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &unnamed,
        rustix::fs::FileType::Fifo,
        Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP,
        0,
    )?;
    // For writing too: so it never meets the end of the file when the last writer closes.
    let pipe = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits() as i32)
        .open(&unnamed)?;
    fs::rename(&unnamed, path)?;
    Ok(pipe)
}

fn listen(dir: &Path, own: &str, mut pipe: File, bell: &Bell, bury: &dyn Fn()) {
    let mut peers: Vec<(String, File)> = Vec::new();
    // Whoever died before we met can no longer tell us: so look after every meeting too.
    let mut looks: &[u64] = &LOOKS_MS;
    meet(dir, own, &mut peers);
    loop {
        let mut watched = vec![PollFd::new(&pipe, PollFlags::IN)];
        // No flags: only that its reader is gone.
        watched.extend(peers.iter().map(|(_, peer)| PollFd::new(peer, PollFlags::empty())));
        let pause = looks.first().map(|&ms| timespec(ms));
        match poll(&mut watched, pause.as_ref()) {
            Ok(0) => {
                looks = &looks[1..];
                bury();
                continue;
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => {
                tracing::error!(%error, "other processes can no longer wake this one");
                return;
            }
        }
        let rung = !watched[0].revents().is_empty();
        let gone: Vec<bool> = watched[1..].iter().map(|peer| !peer.revents().is_empty()).collect();
        let mut gone = gone.into_iter();
        let before = peers.len();
        peers.retain(|_| !gone.next().unwrap_or(false));
        if peers.len() < before {
            looks = &LOOKS_MS;
        }
        let met = || {
            meet(dir, own, &mut peers);
            looks = &LOOKS_MS;
        };
        if rung && !hear(&mut pipe, bell, met) {
            return;
        }
    }
}

fn timespec(ms: u64) -> Timespec {
    Timespec { tv_sec: (ms / 1_000) as i64, tv_nsec: ((ms % 1_000) * 1_000_000) as i64 }
}

/// Read what was rung. False: to end.
fn hear(pipe: &mut File, bell: &Bell, mut meet: impl FnMut()) -> bool {
    let mut bytes = [0; 512];
    let (mut wake, mut workers) = (Wake::default(), false);
    while let Ok(count @ 1..) = pipe.read(&mut bytes) {
        for byte in &bytes[..count] {
            match *byte {
                JOBS => wake.jobs = true,
                NOTICES => wake.notices = true,
                WORKERS => workers = true,
                END => return false,
                _ => {}
            }
        }
    }
    bell.ring(wake);
    if workers {
        meet();
    }
    true
}

/// Hold the writing end of every other pipe.
fn meet(dir: &Path, own: &str, peers: &mut Vec<(String, File)>) {
    for (name, path) in pipes(dir, own) {
        if !peers.iter().any(|(known, _)| *known == name)
            && let Ok(pipe) = writing_end(&path)
        {
            peers.push((name, pipe));
        }
    }
}
