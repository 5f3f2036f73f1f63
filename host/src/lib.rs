//! The program `cofferdam`: from arguments to an exit code.
//!
//! Everything that can be said on the command line is in [`cli`], one file for each
//! command is in [`command`]. No queue rule, no SQL and no wasm is here. It is a library for its
//! tests only: they give [`from_outside`] any bytes there are.

mod bounded_file;
mod bridge;
mod cli;
mod command;
mod config;
mod context;
mod exit;
mod failure;
#[doc(hidden)]
pub mod from_outside;
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

/// All of it; `main` adds what belongs to a process.
pub fn run() -> ExitCode {
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
