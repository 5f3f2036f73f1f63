//! One worker's process, from the supervisor's side: how it is started, what it is told, and
//! which workers it said it was.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;

use cofferdam_queue::WorkerId;
use rustix::process::{Pid, Signal, kill_process};

use crate::command::work::supervised::{Order, SUPERVISED};

/// This program as it runs, also when its file has been replaced since.
const OURSELVES: &str = "/proc/self/exe";

pub(super) struct Process {
    pid: u32,
    /// Its stdin. It reads orders from it and writes the ids of its workers into it.
    link: UnixStream,
}

impl Process {
    /// The same command line, and what its share is.
    pub(super) fn start(number: u32, budget_bytes: u64) -> io::Result<Process> {
        let (link, theirs) = UnixStream::pair()?;
        // Neither a process that does not read nor one that does not write may hold us up.
        link.set_nonblocking(true)?;
        let child = Command::new(OURSELVES)
            .arg0(format!("cofferdam: worker {number}"))
            .args(std::env::args_os().skip(1))
            .arg(format!("--{SUPERVISED}"))
            .arg(format!("{number}:{budget_bytes}"))
            .stdin(OwnedFd::from(theirs))
            // A signal of the terminal is for the supervisor, which passes it on.
            .process_group(0)
            .spawn()?;
        Ok(Process { pid: child.id(), link })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn is(&self, pid: Pid) -> bool {
        pid.as_raw_pid() as u32 == self.pid
    }

    pub(super) fn tell(&mut self, order: Order) {
        if let Err(error) = self.link.write_all(&[order as u8]) {
            tracing::warn!(pid = self.pid, %error, "a process does not hear its orders");
        }
    }

    pub(super) fn kill(&self) {
        if let Some(pid) = Pid::from_raw(self.pid as i32) {
            tracing::error!(pid = self.pid, "did not end in time: it is killed");
            // It may be gone by now.
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Every id under which it ever signed on; asked when it has ended.
    pub(super) fn workers(&mut self) -> Vec<WorkerId> {
        let mut said = Vec::new();
        // What it wrote is there to the last byte; then comes the end, or that nothing comes.
        let _ = self.link.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        said.lines().map(WorkerId::trusted).collect()
    }
}
