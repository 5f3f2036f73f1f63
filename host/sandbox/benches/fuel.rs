//! What fuel costs: four kernels as guests, metered and not, in one run.
//!
//! `cargo bench -p cofferdam-sandbox --bench fuel`. The kernels are Rust programs
//! under `benches/kernels`, compiled here for `wasm32-wasip1`; each does a fixed
//! amount of work and returns a checksum, which must not depend on metering.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use cofferdam_sandbox::{Engine, EngineConfig, Outcome, Program, Request};

const KERNELS: [&str; 4] = ["json", "sort", "hash_map", "sha256"];
/// Those that docs/WRITING_JOBS.md gives to every job.
const FLAGS: [&str; 4] = [
    "-Cllvm-args=-inline-threshold=550",
    "-Cllvm-args=-unroll-allow-partial",
    "-Cllvm-args=-unroll-partial-threshold=600",
    "-Cllvm-args=-unroll-runtime=false",
];
/// Alternating, so that a slow moment of the machine meets both sides.
const ROUNDS: usize = 15;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let engine = |metering| {
        let config = EngineConfig { metering, slots: 2, ..EngineConfig::default() };
        Engine::new(config).expect("an engine")
    };
    let (metered, unmetered) = (engine(true), engine(false));
    let mut product = 1.0;
    for kernel in KERNELS {
        let module = compiled(kernel);
        let (with, without) =
            (metered.load(&module).expect("loads"), unmetered.load(&module).expect("loads"));
        let (mut best_with, mut best_without) = (Duration::MAX, Duration::MAX);
        let (mut fuel, mut ratios) = (0, Vec::new());
        for _ in 0..ROUNDS {
            let (took, used, checksum) = run(&runtime, &with);
            let (took_without, _, checksum_without) = run(&runtime, &without);
            assert_eq!(checksum, checksum_without);
            best_with = best_with.min(took);
            best_without = best_without.min(took_without);
            fuel = used;
            ratios.push(took.as_secs_f64() / took_without.as_secs_f64());
        }
        // The median of neighbours: a slow moment spoils a pair, not the figure.
        ratios.sort_by(f64::total_cmp);
        let ratio = ratios[ROUNDS / 2];
        product *= ratio;
        println!(
            "{kernel}: {best_with:.2?} metered, {best_without:.2?} without, ratio {ratio:.3}, {:.0} M fuel a second",
            fuel as f64 / best_with.as_secs_f64() / 1e6
        );
    }
    println!("geometric mean of the ratios: {:.3}", product.powf(1.0 / KERNELS.len() as f64));
}

fn run(runtime: &tokio::runtime::Runtime, program: &Program) -> (Duration, u64, Option<Bytes>) {
    let began = cpu_time();
    let report = runtime.block_on(program.attempt(Request::new("")).0);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    (cpu_time() - began, report.fuel.used, report.output)
}

/// Of this process, which is one busy thread: what else runs on the machine
/// does not count.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// One file, one program, no crates: `rustc` is enough.
fn compiled(kernel: &str) -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/kernels/{kernel}.rs"));
    let wasm = std::env::temp_dir().join(format!("cofferdam-{kernel}-{}.wasm", std::process::id()));
    let status = Command::new("rustc")
        .args([
            "--target",
            "wasm32-wasip1",
            "--edition",
            "2024",
            "-Copt-level=3",
            "-Clto",
            "-Ccodegen-units=1",
        ])
        .args(FLAGS)
        .arg("-o")
        .arg(&wasm)
        .arg(&source)
        .status()
        .expect("rustc");
    assert!(
        status.success(),
        "`{kernel}` does not compile; is the target installed? `rustup target add wasm32-wasip1`"
    );
    let module = std::fs::read(&wasm).expect("the module");
    std::fs::remove_file(&wasm).expect("removed");
    module
}
