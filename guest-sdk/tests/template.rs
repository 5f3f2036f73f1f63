//! The template in `docs/WRITING_JOBS.md` is a whole crate, outside of this workspace:
//! it is taken from the page, built for the sandbox, and its test is run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn sdk() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first code block of this language.
fn block<'a>(page: &'a str, language: &str) -> &'a str {
    let fence = format!("```{language}\n");
    let (_, after) = page.split_once(&fence).unwrap_or_else(|| panic!("the page has a block of {language}"));
    after.split_once("```").expect("the block ends").0
}

/// The page's crate, in a folder of its own, with this repository's SDK and locked versions.
fn template() -> PathBuf {
    let page = fs::read_to_string(sdk().join("../docs/WRITING_JOBS.md")).expect("the page");
    let manifest: Vec<String> = block(&page, "toml")
        .lines()
        .map(|line| match line.split_once(" = ") {
            Some(("cofferdam-sdk", _)) => format!("cofferdam-sdk = {{ path = {:?} }}", sdk()),
            _ => line.to_owned(),
        })
        .collect();
    let crate_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("template");
    fs::create_dir_all(crate_dir.join("src")).expect("a folder for the crate");
    // Its own workspace, although it is built inside of this one's target directory.
    fs::write(crate_dir.join("Cargo.toml"), manifest.join("\n") + "\n[workspace]\n").expect("the manifest");
    fs::write(crate_dir.join("src/lib.rs"), block(&page, "rust")).expect("the source");
    fs::copy(sdk().join("../Cargo.lock"), crate_dir.join("Cargo.lock")).expect("the locked versions");
    crate_dir
}

#[test]
fn the_template_on_the_page_builds_on_its_own_and_passes_its_test() {
    let crate_dir = template();
    // The target directory of these tests, where most of what the template needs is built already.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder of the target directory");
    for arguments in [&["test"][..], &["build", "--profile", "job", "--target", "wasm32-wasip1"]] {
        let mut cargo = Command::new(env::var_os("CARGO").expect("cargo runs the tests"));
        cargo.args(arguments).arg("--offline").current_dir(&crate_dir);
        cargo.env("CARGO_TARGET_DIR", target);
        let output = cargo.output().expect("cargo starts");
        assert!(output.status.success(), "{cargo:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(target.join("wasm32-wasip1/job/greetings.wasm").is_file());
}

#[test]
fn the_flags_on_the_page_are_those_of_this_repository_s_jobs_and_figures() {
    let read = |path: &str| fs::read_to_string(sdk().join("..").join(path)).expect("a file");
    let (page, config, bench) =
        (read("docs/WRITING_JOBS.md"), read(".cargo/config.toml"), read("host/sandbox/benches/fuel.rs"));
    let flags: Vec<&str> = page.lines().map(str::trim).filter(|line| line.starts_with("\"-C")).collect();
    assert_eq!(flags.len(), 4, "{flags:?}");
    for flag in flags {
        assert!(config.contains(flag) && bench.contains(flag), "{flag}");
    }
}
