//! What a fresh machine lacks, installed where a package manager can.
//!
//! Every function looks first and does nothing when there is nothing to do.

use std::path::Path;

use crate::run::{Result, cargo, output, program, run, succeeds};

/// The target that jobs are compiled for.
pub const WASM_TARGET: &str = "wasm32-wasip1";

/// The standard library for jobs.
pub fn wasm_target() -> Result<()> {
    let mut libdir = program("rustc", &["--print", "target-libdir", "--target", WASM_TARGET]);
    if output(&mut libdir).is_ok_and(|dir| Path::new(dir.trim()).is_dir()) {
        return Ok(());
    }
    with_rustup(&["target", "add", WASM_TARGET], &format!("the Rust standard library for {WASM_TARGET}"))
}

/// The formatter and the linter.
pub fn components() -> Result<()> {
    for component in ["rustfmt", "clippy"] {
        let asked = if component == "rustfmt" { "fmt" } else { component };
        if !succeeds(&mut cargo(&[asked, "--version"])) {
            with_rustup(&["component", "add", component], component)?;
        }
    }
    Ok(())
}

fn with_rustup(arguments: &[&str], what: &str) -> Result<()> {
    if !succeeds(&mut program("rustup", &["--version"])) {
        return Err(format!(
            "{what} is missing and there is no rustup to add it: install rustup from https://rustup.rs, or \
             install {what} the way this Rust was installed, and run this again"
        ));
    }
    run(&mut program("rustup", arguments))
}

/// A C compiler for wasm32-wasi with its libc and linker, which the example in C and a
/// guest of the tests need.
pub fn wasm_c_compiler() -> Result<()> {
    if compiles_c() {
        return Ok(());
    }
    let by_hand = "the jobs in C need a `clang` for wasm32-wasi: install clang, lld, wasi-libc and the compiler-rt \
                   of wasm32 (Debian: `apt-get install clang lld wasi-libc libclang-rt-dev-wasm32`), and run this again";
    with_apt(&["clang", "lld", "wasi-libc", "libclang-rt-dev-wasm32"], by_hand)?;
    if compiles_c() { Ok(()) } else { Err(format!("it is still not complete: {by_hand}")) }
}

fn compiles_c() -> bool {
    // The example itself, linked: shows that libc, linker and compiler-rt are there too.
    let script = crate::run::root().join("jobs/c-example/build.sh");
    succeeds(&mut program(&script.display().to_string(), &["/dev/null"]))
}

/// A C++ compiler, which libFuzzer is compiled with.
pub fn cpp_compiler() -> Result<()> {
    let there = || succeeds(&mut program("c++", &["--version"]));
    if there() {
        return Ok(());
    }
    let by_hand =
        "libFuzzer needs a C++ compiler: install one (Debian: `apt-get install g++`), and run this again";
    with_apt(&["g++"], by_hand)?;
    if there() { Ok(()) } else { Err(format!("it is still not there: {by_hand}")) }
}

/// The servers that tests start for themselves, and what makes their certificates.
pub fn redis_server() -> Result<()> {
    let lacking = || -> Vec<&str> {
        let there = |name: &str, asked: &str| succeeds(&mut program(name, &[asked]));
        let tools = [("redis-server", "--version"), ("openssl", "version")];
        tools.into_iter().filter(|(name, asked)| !there(name, asked)).map(|(name, _)| name).collect()
    };
    let packages = lacking();
    if packages.is_empty() {
        return Ok(());
    }
    let by_hand = format!(
        "the tests start servers with {}: install it (Debian: `apt-get install {}`), and run this again",
        packages.join(" and "),
        packages.join(" ")
    );
    with_apt(&packages, &by_hand)?;
    if lacking().is_empty() { Ok(()) } else { Err(format!("it is still not there: {by_hand}")) }
}

/// Installs Debian's packages; `by_hand` says what to do where that does not work.
fn with_apt(packages: &[&str], by_hand: &str) -> Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        return Err(by_hand.to_owned());
    }
    let root = output(&mut program("id", &["-u"])).is_ok_and(|id| id.trim() == "0");
    let apt = |arguments: &[&str]| {
        let mut command = if root {
            program("apt-get", arguments)
        } else {
            program("sudo", &[&["-n", "apt-get"], arguments].concat())
        };
        run(command.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    apt(&["update"]).and_then(|()| apt(&install)).map_err(|error| format!("{error}; {by_hand}"))
}
