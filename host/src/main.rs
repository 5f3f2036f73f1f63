//! The program `cofferdam`: from arguments to an exit code.
//!
//! Everything that can be said on the command line is in [`cli`], one file for each
//! command is in [`command`]. No queue rule, no SQL and no wasm is here.

mod bounded_file;
mod bridge;
mod cli;
mod command;
mod config;
mod context;
mod exit;
mod failure;
mod kill_at;
mod logging;
mod memory_budget;
mod module_file;
mod open_store;
mod output;
mod quantity;
mod when;
mod wrong_usage;

use std::process::ExitCode;

use cli::Cli;

/// What a guest's thread allocates is freed by the dispatcher's or the store's: the system's
/// allocator takes a lock for each such piece, at every job several times.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before there is a second thread, an open file or a word read from the environment.
    if cofferdam_sandbox::is_child() {
        return cofferdam_sandbox::serve_child();
    }
    let cli = match Cli::from_arguments() {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    let mistakes = cli.command.mistakes();
    match cli.run() {
        Ok(exit) => exit.into(),
        Err(failure) => failure.tell(mistakes).into(),
    }
}
