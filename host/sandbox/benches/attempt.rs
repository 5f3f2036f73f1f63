//! What one attempt costs, all in: store, instantiate, call, report, drop, with
//! limits, fuel and host functions on; beside it, in the same run, what a
//! process costs. Then a checkpoint of 1 KiB, and how soon a stop arrives.
//!
//! `cargo bench -p cofferdam-sandbox --bench attempt [-- JOB.wasm]`; without a
//! file, a job of the shape that the SDK makes is used. Figures mean something on
//! an otherwise idle machine only; the ratio holds up better.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cofferdam_sandbox::{Engine, EngineConfig, Outcome, Program, Request, Stop};

/// 17 pages, a shadow stack of 1 MiB, static data, a table, and a job that reads
/// its input and returns a result: what `wasm32-wasip1` makes of an empty `#[job]`.
const SDK_SHAPED: &str = r#"(module
    (import "cofferdam_v1" "input" (func $input (param i32 i32) (result i32)))
    (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
    (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32 i32) (result i32)))
    (memory (export "memory") 17) (table 16 funcref) (elem (i32.const 1) $run)
    (global $stack (mut i32) (i32.const 1048576))
    (data (i32.const 1048576) "static data of the job, and of the standard library")
    (data (i32.const 1056768) "more of it, two pages on")
    (func (export "_initialize"))
    (func $run (export "cofferdam_run") (result i32)
        (local $len i32)
        (global.set $stack (i32.sub (global.get $stack) (i32.const 64)))
        (local.set $len (call $input (global.get $stack) (i32.const 64)))
        (i32.store (i32.const 1060000) (local.get $len))
        (drop (call $output (global.get $stack) (local.get $len)))
        (global.set $stack (i32.add (global.get $stack) (i32.const 64)))
        i32.const 0))"#;

const CHECKPOINTS: u32 = 1_000_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let engine = Engine::new(EngineConfig::default()).expect("an engine");
    let given = std::env::args().skip(1).find(|arg| Path::new(arg).is_file());
    let module = match &given {
        Some(path) => std::fs::read(path).expect("the module"),
        None => wat::parse_str(SDK_SHAPED).expect("a module"),
    };
    let program = engine.load(&module).expect("a program");

    let cpu_began = cpu_time();
    let attempt = sample(20_000, || {
        let (attempt, _control) = program.attempt(Request::new("null"));
        let report = runtime.block_on(attempt);
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
        black_box(report);
    });
    let cpu = cpu_time() - cpu_began;
    show("no-op job, fresh sandbox", &attempt);
    // Others on the machine lengthen the time of day more than this one.
    println!("  processor time: mean {:.1} µs", cpu.as_secs_f64() * 1e6 / 22_000.0);
    let dir = std::env::temp_dir().join(format!("cofferdam-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    match static_program(&dir) {
        Some(path) => {
            let process = sample(1_000, || {
                let status = Command::new(&path).status().expect("a process");
                assert!(status.success());
            });
            show("posix_spawn and wait, static no-op", &process);
            println!("ratio of the medians: {:.1}", at(&process, 50.0) / at(&attempt, 50.0));
        }
        None => println!("no C compiler: nothing to compare with"),
    }
    std::fs::remove_dir_all(&dir).expect("removed");

    let took = checkpoints(&engine, &runtime);
    println!(
        "checkpoint of 1 KiB, coalesced: {:.3} µs a call over {CHECKPOINTS} calls",
        took.as_secs_f64() * 1e6 / f64::from(CHECKPOINTS)
    );
    stops(&engine);
}

/// Microseconds, sorted.
fn sample(times: usize, mut what: impl FnMut()) -> Vec<f64> {
    for _ in 0..times / 10 {
        what();
    }
    let mut took: Vec<f64> = (0..times)
        .map(|_| {
            let began = Instant::now();
            what();
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took
}

fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn at(sorted: &[f64], percent: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * percent / 100.0) as usize]
}

fn show(what: &str, sorted: &[f64]) {
    println!(
        "{what}: p10 {:.1} µs, p50 {:.1} µs, p99 {:.1} µs, mean {:.1} µs",
        at(sorted, 10.0),
        at(sorted, 50.0),
        at(sorted, 99.0),
        sorted.iter().sum::<f64>() / sorted.len() as f64
    );
}

fn static_program(dir: &Path) -> Option<PathBuf> {
    let (source, program) = (dir.join("noop.c"), dir.join("noop"));
    std::fs::write(&source, "int main(void) { return 0; }\n").ok()?;
    let built = Command::new("cc").args(["-O2", "-static", "-o"]).arg(&program).arg(&source).status();
    built.ok()?.success().then_some(program)
}

fn checkpoints(engine: &Engine, runtime: &tokio::runtime::Runtime) -> Duration {
    let text = format!(
        r#"(module
        (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "cofferdam_run") (result i32) (local $n i32)
            (loop $again
                (drop (call $checkpoint (i32.const 0) (i32.const 1024) (i32.const 0)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $n) (i32.const {CHECKPOINTS}))))
            i32.const 0))"#
    );
    let program = engine.load(&wat::parse_str(text).expect("a module")).expect("a program");
    let report = runtime.block_on(program.attempt(Request::new("")).0);
    assert_eq!(report.checkpoint.count, u64::from(CHECKPOINTS));
    report.wall
}

fn stops(engine: &Engine) {
    let guests = [
        (
            "spins",
            r#"(module (memory (export "memory") 1)
            (func (export "cofferdam_run") (result i32) (loop $l br $l) i32.const 0))"#,
        ),
        (
            "calls",
            r#"(module (import "cofferdam_v1" "stop_requested" (func $stop (result i32)))
            (memory (export "memory") 1)
            (func (export "cofferdam_run") (result i32) (loop $l (drop (call $stop)) br $l) i32.const 0))"#,
        ),
        (
            "sleeps",
            r#"(module
            (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 16) "\01\00\00\00") (data (i32.const 24) "\00\00\00\00\00\01")
            (func (export "_start") (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))"#,
        ),
        (
            "writes",
            r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 40) (data (i32.const 0) "\10\00\00\00\00\00\01")
            (func (export "_start") (loop $l (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) br $l)))"#,
        ),
        (
            "copies 16 MiB",
            r#"(module (memory (export "memory") 512)
            (func (export "cofferdam_run") (result i32)
                (loop $l (memory.copy (i32.const 0) (i32.const 8) (i32.const 0x1000000)) br $l) i32.const 0))"#,
        ),
    ];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    for (what, text) in guests {
        let program: Program = engine.load(&wat::parse_str(text).expect("a module")).expect("a program");
        let took = sample(30, || {
            let (attempt, control) = program.attempt(Request::new(""));
            let running = runtime.spawn(attempt);
            while control.usage().memory_bytes == 0 {
                std::thread::yield_now();
            }
            control.end_now(Stop::Cancel);
            assert_eq!(runtime.block_on(running).expect("a report").outcome, Outcome::Cancelled);
        });
        println!(
            "a guest that {what} is started and stopped: p50 {:.2} ms, max {:.2} ms",
            at(&took, 50.0) / 1e3,
            at(&took, 100.0) / 1e3
        );
    }
}
