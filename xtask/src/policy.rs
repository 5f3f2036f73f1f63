//! The dependency policy of `deny.toml`: licences, sources and duplicates always,
//! advisories where their database can be reached.

use std::process::Command;

use crate::run::{Result, cargo, program, run, succeeds};

const ADVISORIES: &str = "https://github.com/rustsec/advisory-db";

/// Checks all of it, with cargo-deny.
pub fn check() -> Result<()> {
    if !succeeds(&mut cargo(&["deny", "--version"])) {
        run(&mut cargo(&["install", "--locked", "cargo-deny"])).map_err(|error| {
            format!("{error}; cargo-deny checks the dependency policy: install it, and run this again")
        })?;
    }
    // Crates for other systems are looked at too, and no build has fetched those.
    run(&mut cargo(&["fetch", "--locked"]))?;
    run(&mut cargo(&["deny", "--offline", "check", "licenses", "sources", "bans"]))?;
    if !succeeds(&mut reachable()) {
        println!("advisories: NOT checked, their database at {ADVISORIES} cannot be reached from here");
        return Ok(());
    }
    run(&mut cargo(&["deny", "check", "advisories"]))
}

fn reachable() -> Command {
    let mut command = program("timeout", &["20", "git", "ls-remote", "--exit-code", ADVISORIES, "HEAD"]);
    command.env("GIT_TERMINAL_PROMPT", "0");
    command
}
