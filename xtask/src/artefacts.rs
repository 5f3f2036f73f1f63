//! What is built: the product, the example jobs, the guests of the tests.

use std::path::PathBuf;

use crate::run::{Result, cargo, root, run, target_dir};
use crate::setup::WASM_TARGET;

/// Builds the release binary and says where it is.
pub fn product() -> Result<PathBuf> {
    run(&mut cargo(&["build", "--locked", "--release", "--package", "cofferdam"]))?;
    Ok(target_dir().join("release/cofferdam"))
}

/// Builds the example jobs and says where their modules are.
pub fn jobs() -> Result<PathBuf> {
    let packages = job_packages()?;
    let mut build = cargo(&["build", "--locked", "--profile", "job", "--target", WASM_TARGET]);
    for package in &packages {
        build.args(["--package", package]);
    }
    run(&mut build)?;
    Ok(wasm_dir())
}

/// Builds the example jobs and every guest of the tests that is written in Rust.
pub fn guests() -> Result<()> {
    jobs()?;
    run(&mut cargo(&[
        "build",
        "--locked",
        "--profile",
        "job",
        "--target",
        WASM_TARGET,
        "--package",
        "cofferdam-guests",
        "--bins",
        "--examples",
    ]))
}

fn wasm_dir() -> PathBuf {
    target_dir().join(WASM_TARGET).join("job")
}

/// Every folder of `jobs/` that is a package is named like it.
fn job_packages() -> Result<Vec<String>> {
    let jobs = root().join("jobs");
    let entries =
        std::fs::read_dir(&jobs).map_err(|error| format!("cannot read `{}`: {error}", jobs.display()))?;
    let mut packages: Vec<String> = entries
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    packages.sort();
    Ok(packages)
}
