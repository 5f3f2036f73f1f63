//! Processes that are gone when this one is, whatever ends it: a run that is killed must not
//! leave workers on the operator's store.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

/// To be started from the main thread: the kernel's promise is bound to the thread that starts.
pub fn to_us(mut command: Command) -> Command {
    let parent = getpid();
    let bind = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have died before the kernel knew that this matters.
        match getppid() == Some(parent) {
            true => Ok(()),
            false => Err(io::Error::from(io::ErrorKind::BrokenPipe)),
        }
    };
    // What a terminal sends is for the one who accounts for them.
    command.process_group(0);
    // SAFETY: between fork and exec only system calls are made, and nothing is allocated.
    unsafe { command.pre_exec(bind) };
    command
}
