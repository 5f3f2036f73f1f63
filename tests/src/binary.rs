//! The binary under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The `cofferdam` that is tested: the one that `COFFERDAM_TEST_BINARY` names, else the one
/// beside this test's own binary, built first so that it is never an old one.
pub fn binary() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
        if let Some(named) = std::env::var_os("COFFERDAM_TEST_BINARY") {
            return PathBuf::from(named);
        }
        let profile = profile_dir();
        let mut build = cargo("build");
        build.args(["--package", "cofferdam", "--bin", "cofferdam"]);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        succeed(&mut build);
        profile.join("cofferdam")
    });
    &BINARY
}

/// Where this test was built: `target/debug`, as a rule.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    // target/debug/deps/NAME-HASH
    test.ancestors().nth(2).expect("a test lies in `deps`").to_owned()
}

/// The target directory that this test was built in.
pub fn target_dir() -> PathBuf {
    profile_dir().parent().expect("a profile lies in the target directory").to_owned()
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the repository")
}

/// A cargo command for the same target directory.
pub fn cargo(command: &str) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([command, "--quiet", "--locked"]).current_dir(root());
    cargo.env("CARGO_TARGET_DIR", target_dir());
    cargo
}

/// Runs a build, and fails with what it said.
#[track_caller]
pub fn succeed(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}\n{said}", output.status);
}
