//! `cargo xtask fuzz`: every place that reads bytes from outside, with libFuzzer, on the stable
//! toolchain: LLVM's coverage counters are a pass that any compiler has.
//!
//! Sanitizers are deliberately absent, because they need a nightly compiler.

mod instrument;
mod targets;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::run::{Result, cargo, program, root, shown, succeeds, target_dir};
use crate::setup;

pub use instrument::{is_compiler, serve_compiler};
use targets::{TARGETS, Target};

/// For each target, unless said.
const SECONDS: u32 = 60;
/// To make what was found smaller.
const MINIMIZE_SECONDS: u32 = 30;
/// As it would be for the host: far more than anything here needs.
const MEMORY_MIB: u32 = 2048;
/// Whoever thinks longer about one input hangs.
const INPUT_SECONDS: u32 = 10;

/// Fuzzes what the arguments name, or everything.
pub fn fuzz(arguments: &[&str]) -> Result<()> {
    let (chosen, seconds) = understood(arguments)?;
    setup::cpp_compiler()?;
    build()?;
    let machine = instrument::this_machine()?;
    let mut found = Vec::new();
    for target in &chosen {
        found.extend(Campaign::of(target, &machine).run(seconds)?);
    }
    if found.is_empty() {
        println!("\nfuzzed {} for {seconds} s each: nothing was found", names(&chosen));
        return Ok(());
    }
    Err(found.join("\n"))
}

fn understood(arguments: &[&str]) -> Result<(Vec<&'static Target>, u32)> {
    let (mut chosen, mut seconds) = (Vec::new(), SECONDS);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if *argument == "--seconds" {
            let number = arguments.next().and_then(|number| number.parse().ok());
            seconds = number.filter(|number| *number > 0).ok_or("`--seconds` takes a number, from 1 on")?;
            continue;
        }
        let target = TARGETS.iter().find(|target| target.name == *argument);
        let all = || names(&TARGETS.iter().collect::<Vec<_>>());
        chosen.push(target.ok_or_else(|| format!("`{argument}` is not fuzzed: {} are", all()))?);
    }
    if chosen.is_empty() {
        chosen.extend(TARGETS);
    }
    Ok((chosen, seconds))
}

fn names(targets: &[&Target]) -> String {
    targets.iter().map(|target| format!("`{}`", target.name)).collect::<Vec<_>>().join(", ")
}

/// Where all that fuzzing makes is: nothing else is compiled with counters.
fn place() -> PathBuf {
    target_dir().join("fuzz")
}

/// All targets.
fn build() -> Result<()> {
    let mut command = cargo(&["build", "--locked", "--package", "cofferdam-fuzz", "--bins"]);
    command.args(["--features", "libfuzzer", "--profile", "fuzz", "--target-dir"]).arg(place());
    crate::run::run(instrument::compile_with(&mut command)?)
}

/// One target, and where its files are.
struct Campaign {
    target: &'static Target,
    program: PathBuf,
    /// What it began with.
    seeds: PathBuf,
    /// What it learned, over all runs.
    corpus: PathBuf,
    /// What it stopped at, as it was.
    artefacts: PathBuf,
    /// The same made small, in the repository.
    regressions: PathBuf,
}

impl Campaign {
    fn of(target: &'static Target, machine: &str) -> Campaign {
        let below = |what: &str| place().join(what).join(target.name);
        Campaign {
            target,
            program: place().join(machine).join("fuzz").join(format!("fuzz_{}", target.name)),
            seeds: below("seeds"),
            corpus: below("corpus"),
            artefacts: below("found"),
            regressions: root().join("tests/fuzz/regressions").join(target.name),
        }
    }

    fn binary(&self) -> String {
        self.program.display().to_string()
    }

    /// What was found, for a person; nothing when it ran to its end.
    fn run(&self, seconds: u32) -> Result<Option<String>> {
        // libFuzzer reads the directories after the seeds are written.
        for dir in [&self.seeds, &self.corpus, &self.artefacts, &self.regressions] {
            std::fs::create_dir_all(dir)
                .map_err(|error| format!("cannot make `{}`: {error}", dir.display()))?;
        }
        let begun = SystemTime::now();
        let dirs = [&self.corpus, &self.seeds, &self.regressions].map(|dir| dir.display().to_string());
        let mut command = program(&self.binary(), &dirs.each_ref().map(String::as_str));
        command.args(self.limits()).args(["-seed=1", "-verbosity=0", "-print_final_stats=1"]);
        command.arg(format!("-max_len={}", self.target.bytes_max));
        command.arg(format!("-max_total_time={seconds}"));
        command.arg(format!("-artifact_prefix={}/", self.artefacts.display()));
        command.env("COFFERDAM_FUZZ_SEEDS", &self.seeds);
        println!("\n$ {}", shown(&command));
        let status =
            command.status().map_err(|error| format!("cannot start `{}`: {error}", shown(&command)))?;
        // Git knows no empty directories, and neither should the repository.
        let _ = std::fs::remove_dir(&self.regressions);
        if status.success() {
            return Ok(None);
        }
        let name = self.target.name;
        match newest(&self.artefacts, begun) {
            Some(artefact) => self.keep(&artefact).map(Some),
            None => Ok(Some(format!("`{name}` ended with {status}, and left no input that does it"))),
        }
    }

    fn limits(&self) -> [String; 2] {
        [format!("-rss_limit_mb={MEMORY_MIB}"), format!("-timeout={INPUT_SECONDS}")]
    }

    /// Made small where that works, and kept; returns what to say.
    fn keep(&self, artefact: &Path) -> Result<String> {
        let kept = self.regressions.join(artefact.file_name().unwrap_or_default());
        std::fs::create_dir_all(&self.regressions)
            .map_err(|error| format!("cannot make `{}`: {error}", self.regressions.display()))?;
        copy(artefact, &kept)?;
        // Beside it first: what libFuzzer leaves need not do it any more.
        let smaller = artefact.with_extension("smaller");
        let mut minimize = program(&self.binary(), &["-minimize_crash=1", &artefact.display().to_string()]);
        minimize.args(self.limits()).arg(format!("-max_total_time={MINIMIZE_SECONDS}"));
        minimize.arg(format!("-exact_artifact_path={}", smaller.display()));
        let _ = succeeds(&mut minimize);
        let mut again = program(&self.binary(), &[&smaller.display().to_string()]);
        again.args(self.limits()).arg("-exact_artifact_path=/dev/null");
        if smaller.exists() && !succeeds(&mut again) {
            copy(&smaller, &kept)?;
        }
        let (name, kept) = (self.target.name, kept.strip_prefix(root()).unwrap_or(&kept).display());
        let binary = self.binary();
        Ok(format!(
            "`{name}` found `{kept}`: run it again with `{binary} {kept}`, or with the others by `cargo test -p cofferdam-fuzz`"
        ))
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = std::fs::copy(from, to);
    copied.map(|_| ()).map_err(|error| format!("cannot write `{}`: {error}", to.display()))
}

/// The file that was written last, since then.
fn newest(dir: &Path, since: SystemTime) -> Option<PathBuf> {
    let entries = std::fs::read_dir(dir).ok()?.filter_map(|entry| {
        let entry = entry.ok()?;
        Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
    });
    entries.filter(|(at, _)| *at >= since).max().map(|(_, path)| path)
}
