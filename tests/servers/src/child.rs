//! Programs that do not outlive the test that started them, however it ends.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::LazyLock;
use std::sync::mpsc::{Sender, channel};

use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};

type Order = (Command, Sender<io::Result<Child>>);

/// Starts a program that the kernel kills when this process is gone, also by SIGKILL.
///
/// # Errors
/// What the start of the program says.
pub fn spawn(command: Command) -> io::Result<Child> {
    // The kernel's promise is bound to the *thread* that started the program, and a test's
    // thread ends with the test, while a server may be shared by many: so all are
    // started by one thread that lives as long as the process.
    static STARTER: LazyLock<Sender<Order>> = LazyLock::new(|| {
        let (sender, orders) = channel::<Order>();
        let serve = move || {
            for (mut command, answer) in orders {
                // Who ordered it waits, unless its own thread was torn down.
                let _told = answer.send(command.spawn());
            }
        };
        std::thread::Builder::new().name("starter".into()).spawn(serve).expect("a thread");
        sender
    });
    let (answer, started) = channel();
    STARTER.send((bound_to_us(command), answer)).expect("the starter lives as long as the process");
    started.recv().expect("the starter answers")
}

fn bound_to_us(mut command: Command) -> Command {
    let parent = getpid();
    let bind = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have died before the kernel knew that this matters.
        match getppid() == Some(parent) {
            true => Ok(()),
            false => Err(io::Error::other("the test that started this is gone")),
        }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are made: two system calls,
    // and no allocation unless the start fails anyway.
    unsafe { command.pre_exec(bind) };
    command
}

/// Sends a signal to a child that was not reaped yet.
pub(crate) fn signal(child: &Child, signal: Signal) {
    // Fails only when it has ended by itself; who needs it alive finds that out.
    let _sent = rustix::process::kill_process(Pid::from_child(child), signal);
}
