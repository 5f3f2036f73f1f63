//! `cargo xtask test`: every check there is, each step even if one before it failed,
//! and the totals at the very end.

use std::time::Instant;

use crate::artefacts;
use crate::failures::Failures;
use crate::policy;
use crate::run::{Result, cargo, program, root, run, run_and_read, target_dir};
use crate::setup;
use crate::totals::Totals;

/// How much to test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What a person runs before each commit: at most 3 minutes when built.
    Everyday,
    /// What CI runs: with everything that is slow, at most an hour.
    All,
}

/// Runs everything.
pub fn test(extent: Extent) -> Result<()> {
    let mut steps = Steps { totals: Totals::default(), said: Failures::default(), failures: Vec::new() };
    steps.step("set up", |_| {
        setup::wasm_target()?;
        setup::components()?;
        setup::wasm_c_compiler()?;
        setup::redis_server()
    });
    steps.step("format", |_| run(&mut cargo(&["fmt", "--all", "--check"])));
    steps.step("guests", |_| artefacts::guests());
    steps.step("tests", |steps| tests(extent, steps));
    steps.step("lints", |_| lints());
    if extent == Extent::All {
        steps.step("benchmarks, once each", |_| benchmarks());
        steps.step("dependency policy", |_| policy::check());
    }
    steps.finish()
}

struct Steps {
    totals: Totals,
    /// What failing tests said.
    said: Failures,
    /// The steps that failed.
    failures: Vec<String>,
}

impl Steps {
    fn step(&mut self, name: &str, step: impl FnOnce(&mut Self) -> Result<()>) {
        println!("\n== {name}");
        let begun = Instant::now();
        let counted = self.totals.failed;
        if let Err(error) = step(self) {
            // A step that stops before its tests must show in the totals too.
            if self.totals.failed == counted {
                self.totals.failed += 1;
            }
            println!("\nerror: {name}: {error}");
            self.failures.push(name.to_owned());
        }
        println!("== {name}: {:.0} s", begun.elapsed().as_secs_f64());
    }

    fn finish(self) -> Result<()> {
        let failed = match self.failures.len() {
            0 => Ok(()),
            _ => Err(format!("these steps failed: {}", self.failures.join(", "))),
        };
        // The totals come last: the reason goes before them, and to the same stream.
        if let Err(error) = &failed {
            print!("{}", self.said);
            println!("\n{error}");
        }
        println!("\n{}", self.totals);
        if failed.is_err() {
            std::process::exit(1);
        }
        Ok(())
    }
}

/// Unit, integration, conformance, simulation, guest, end to end, crash, tidy and
/// documentation tests, in one build.
fn tests(extent: Extent, steps: &mut Steps) -> Result<()> {
    // Workspace-wide, so that features are resolved once and the engine is compiled once.
    let built =
        cargo(&["build", "--locked", "--workspace", "--exclude", "cofferdam-guests", "--bins", "--tests"]);
    run(&mut { built })?;
    let mut command =
        cargo(&["test", "--locked", "--workspace", "--exclude", "cofferdam-guests", "--no-fail-fast"]);
    command
        .env("COFFERDAM_TEST_BINARY", target_dir().join("debug/cofferdam"))
        .env("COFFERDAM_TEST_GUESTS", "built");
    if extent == Extent::All {
        command.env("COFFERDAM_TEST_ALL", "1");
        // More of the same, as the headers of those tests say.
        command.env("STORE_SECONDS", "60").env("STORE_SEEDS", "100").env("COFFERDAM_SEEDS", "25000");
    }
    let read = |line: &str| {
        steps.totals.read(line);
        steps.said.read(line);
    };
    match run_and_read(&mut command, read)? {
        true => Ok(()),
        false => Err("there are failures above".to_owned()),
    }
}

fn lints() -> Result<()> {
    run(&mut cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    // Compiled for another target, with other code behind `cfg`.
    let mut command = cargo(&["clippy", "--locked", "--target", setup::WASM_TARGET]);
    command.args([
        "--package",
        "cofferdam-sdk",
        "--package",
        "cofferdam-guests",
        "--lib",
        "--bins",
        "--examples",
    ]);
    run(command.args(["--", "--deny", "warnings"]))
}

/// Every benchmark runs once with a small load: that it works is a test, its figures are not.
fn benchmarks() -> Result<()> {
    let binary = artefacts::product()?;
    let store = target_dir().join(format!("bench-smoke-{}.db", std::process::id()));
    let url = format!("sqlite:{}", store.display());
    let mut bench = program(&binary.display().to_string(), &["bench", "--jobs", "2000", "--store", &url]);
    run(bench.arg("--json"))?;
    let mut benches = cargo(&["bench", "--locked", "--workspace", "--exclude", "cofferdam-guests"]);
    for name in bench_names()? {
        benches.args(["--bench", &name]);
    }
    benches.env("COFFERDAM_TEST_BINARY", binary).env("COFFERDAM_TEST_GUESTS", "built");
    // As the benchmarks' own headers say.
    benches.env("QUEUED", "1000").env("JOBS", "2000").env("COFFERDAM_BENCH_JOBS", "200");
    run(&mut benches)
}

/// The names after every `[[bench]]` in the packages' manifests.
fn bench_names() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for package in ["host", "host/queue", "host/store", "host/sandbox", "host/worker", "guest-sdk", "tests"] {
        let manifest = root().join(package).join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest)
            .map_err(|error| format!("cannot read `{}`: {error}", manifest.display()))?;
        let benches = text.split("[[bench]]").skip(1);
        names.extend(benches.filter_map(|bench| Some(bench.split('"').nth(1)?.to_owned())));
    }
    Ok(names)
}
