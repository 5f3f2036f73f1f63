//! The child: encloses itself, reads the module, does the task, answers, ends.

use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::process::ExitCode;

use super::enclosure;
use super::task::{ASKED, Answer, Task};
use crate::error::LoadError;
use crate::{backtrace, compile};

/// Whether this process was started to be a child: to be asked before anything else is done,
/// while there is one thread and nothing is open.
pub fn is_child() -> bool {
    std::env::args_os().nth(1).is_some_and(|first| first == ASKED)
}

/// Does the task of a child. What cannot be said on stdout is said on stderr.
pub fn serve_child() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent reads it; without a parent nobody does.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn work() -> io::Result<()> {
    let mut arguments = std::env::args().skip(2);
    let (Some(parent), Some(task)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("this command is for the program itself; it names no task"));
    };
    let task: Task = serde_json::from_str(&task)?;
    enclosure::enter(&task.bounds(), &parent)?;
    let mut wasm = Vec::new();
    stream(0).read_to_end(&mut wasm)?;
    let (answer, code) = match task {
        Task::Compile { metering, .. } => match compile::compile(wasm, metering) {
            Ok((inspection, code)) => (Answer::Compiled(Box::new(inspection)), code),
            Err(LoadError::Refused(refusal)) => (Answer::Refused(refusal), Vec::new()),
            Err(LoadError::Host(error)) => (Answer::Failed(error.to_string()), Vec::new()),
        },
        Task::Symbols { frames } => (Answer::Symbols(backtrace::name(&wasm, &frames)), Vec::new()),
    };
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    let mut out = stream(1);
    out.write_all(&line)?;
    out.write_all(&code)
}

/// Unbuffered: code is megabytes.
fn stream(descriptor: i32) -> ManuallyDrop<File> {
    // SAFETY: the standard streams are open for as long as the process lives, and are not closed
    // here, because the file is never dropped.
    ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) })
}
