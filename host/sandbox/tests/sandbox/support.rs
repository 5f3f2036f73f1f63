//! One engine for all tests, and short ways to run a module in it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use cofferdam_sandbox::{Attempt, Control, Engine, EngineConfig, Program, Report, Request};

/// Longer than anything here takes on a busy machine; a test that reaches it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        Engine::new(EngineConfig { slots: 200, ..EngineConfig::default() }).expect("an engine")
    })
}

/// The guests' runtime, as a host would set it up: no timers, no I/O.
pub fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime")
    })
}

pub fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("valid text")
}

pub fn program(text: &str) -> Program {
    engine().load(&wasm(text)).expect("a program")
}

/// Runs a module from its text to its end.
pub fn run(text: &str, request: Request) -> Report {
    finish(program(text).attempt(request).0)
}

pub fn finish(attempt: Attempt) -> Report {
    runtime().block_on(attempt)
}

/// Runs in the background, so that the test can act on it meanwhile.
pub fn start(text: &str, request: Request) -> (tokio::task::JoinHandle<Report>, Control) {
    let (attempt, control) = program(text).attempt(request);
    (runtime().spawn(attempt), control)
}

pub fn ended(running: tokio::task::JoinHandle<Report>) -> Report {
    runtime().block_on(running).expect("an attempt never panics")
}

/// Waits for a condition, never for a time.
#[track_caller]
pub fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited too long until {what}");
        std::thread::yield_now();
    }
}

/// A request without input.
pub fn plain() -> Request {
    Request::new("")
}

/// A job module around these definitions and this body of `cofferdam_run`,
/// which leaves an i32.
pub fn job(definitions: &str, body: &str) -> String {
    format!(
        r#"(module
        (import "cofferdam_v1" "input" (func $input (param i32 i32) (result i32)))
        (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
        (import "cofferdam_v1" "resume" (func $resume (param i32 i32) (result i32)))
        (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32 i32) (result i32)))
        (import "cofferdam_v1" "append" (func $append (param i32 i32 i32 i32) (result i32)))
        (import "cofferdam_v1" "enqueue" (func $enqueue (param i32 i32 i32 i32) (result i32)))
        (import "cofferdam_v1" "progress" (func $progress (param i64 i64 i32 i32) (result i32)))
        (import "cofferdam_v1" "log" (func $log (param i32 i32 i32) (result i32)))
        (import "cofferdam_v1" "stop_requested" (func $stop_requested (result i32)))
        (import "cofferdam_v1" "info" (func $info (param i32 i32) (result i32)))
        (import "cofferdam_v1" "left" (func $left (param i32) (result i64)))
        (import "cofferdam_v1" "fail" (func $fail (param i32 i64 i32 i32) (result i32)))
        (import "cofferdam_v1" "panic" (func $panic (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "cofferdam_v1" "oom" (func $oom (param i64 i64) (result i32)))
        {definitions}
        (func $cofferdam_run (export "cofferdam_run") (result i32) {body}))"#
    )
}

/// A command module; `wasi` imports come first.
pub fn command(definitions: &str, body: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
        {definitions}
        (func $_start (export "_start") {body}))"#
    )
}

pub const MEMORY: &str = r#"(memory (export "memory") 1)"#;
