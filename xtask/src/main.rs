//! `cargo xtask demo`, `test`, `fuzz` and `versus`: each does all its own set-up.
//!
//! Deliberately absent: anything that a user of the product needs. This program
//! only drives cargo and, as an operator would, the `cofferdam` binary.

mod artefacts;
mod demo;
mod failures;
mod fuzz;
mod policy;
mod run;
mod setup;
mod test;
mod totals;
mod versus;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <COMMAND>

Commands:
  demo          Run the demonstration on the January flights
  test          Run all tests; the totals are the last line
  test --all    The same with what is slow: longer rounds, more seeds, benchmarks, dependency policy
  fuzz [TARGET] [--seconds N]
                Give what reads bytes from outside any bytes, 60 s for each target
  versus [JOBS] Compare with rusty-sidekiq, in turns on the same Redis
  guests        Build the example jobs and the guests of the tests, and stop";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if fuzz::is_compiler() {
        return fuzz::serve_compiler(&arguments);
    }
    let done = match arguments[..] {
        ["demo"] => demo::demo(),
        ["test"] => test::test(test::Extent::Everyday),
        ["test", "--all"] => test::test(test::Extent::All),
        ["fuzz", ref chosen @ ..] => fuzz::fuzz(chosen),
        ["versus"] => versus::versus(None),
        ["versus", jobs] => versus::versus(Some(jobs)),
        ["guests"] => setup::wasm_target().and_then(|()| artefacts::guests()),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("`cargo xtask {}` is not a command\n\n{USAGE}", arguments.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
