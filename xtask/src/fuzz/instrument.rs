//! This program in the place of the compiler: for our packages it asks for coverage counters as well.
//!
//! With cargo's own settings all dependencies would get them, the engine's compiler too, which
//! would hide what is looked into.

use std::process::{Command, ExitCode};

use crate::run::{Result, output, program};

/// Says that this program was started by cargo as the compiler.
const VARIABLE: &str = "COFFERDAM_FUZZ_COMPILER";

/// Whose branches and comparisons libFuzzer sees.
const CRATES: &[&str] = &[
    "cofferdam",
    "cofferdam_fuzz",
    "cofferdam_queue",
    "cofferdam_sandbox",
    "cofferdam_store",
    "lz4_flex",
    "serde_json",
    "toml",
    "toml_parser",
    "wasmparser",
];

/// Edges and indirect calls, a counter for each, and what is compared with what.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// Lets cargo compile through this program, for this machine.
pub fn compile_with(command: &mut Command) -> Result<&mut Command> {
    let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    Ok(command.args(["--target", &this_machine()?]).env("RUSTC_WRAPPER", program).env(VARIABLE, "1"))
}

/// The compiler's name for the machine that it runs on.
pub fn this_machine() -> Result<String> {
    let said = output(&mut program("rustc", &["-vV"]))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "`rustc -vV` does not say what it runs on".to_owned())
}

/// Whether cargo started this program as its compiler.
pub fn is_compiler() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Runs the compiler that the arguments begin with.
pub fn serve_compiler(arguments: &[&str]) -> ExitCode {
    let Some((compiler, arguments)) = arguments.split_first() else { return ExitCode::FAILURE };
    // What only builds the rest is compiled without a target: macros are loaded by the compiler, where
    // there is no libFuzzer.
    let named = arguments.windows(2).find(|pair| pair[0] == "--crate-name").map(|pair| pair[1]);
    let fuzzed = named.is_some_and(|name| CRATES.contains(&name)) && arguments.contains(&"--target");
    let flags = if fuzzed { FLAGS } else { &[] };
    match Command::new(compiler).args(arguments).args(flags).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cannot start `{compiler}`: {error}");
            ExitCode::FAILURE
        }
    }
}
