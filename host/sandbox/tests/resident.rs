//! What ended attempts leave in memory. A process of its own: no other test's memory is in it.

use cofferdam_sandbox::{Engine, EngineConfig, Outcome, Request};

/// Ended attempts may hold so much until others come; the engine and the allocator have the rest.
const LEFT_BYTES: u64 = (64 + 32) << 20;
/// More than an engine gives back at once.
const ATTEMPTS: usize = 20;

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the status of this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its resident memory");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1024
}

/// Writes to 64 MiB, in its start function or when it is called.
fn writer(start: &str, run: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (memory 1024)
            (func $fill (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x4000000)))
            {start}
            (func (export "cofferdam_run") (result i32) {run} i32.const 0))"#
    );
    wat::parse_str(text).expect("valid text")
}

#[test]
fn large_memories_of_ended_attempts_are_given_back_however_they_ended() {
    let engine = Engine::new(EngineConfig { slots: 64, ..EngineConfig::default() }).expect("an engine");
    assert!(engine.is_pooling());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let before_bytes = resident_bytes();
    for (module, outcome) in [
        (writer("", "call $fill"), Outcome::Completed),
        (writer("", "call $fill unreachable"), Outcome::Trapped),
        (writer("(start $first) (func $first call $fill unreachable)", ""), Outcome::Trapped),
    ] {
        let program = engine.load(&module).expect("a program");
        for _ in 0..ATTEMPTS {
            let mut request = Request::new("");
            request.limits.memory_cap_bytes = 128 << 20;
            request.limits.fuel = 1 << 40;
            let report = runtime.block_on(program.attempt(request).0);
            assert_eq!(report.outcome, outcome, "{report:#?}");
            let left_bytes = resident_bytes().saturating_sub(before_bytes);
            assert!(left_bytes < LEFT_BYTES, "{} MiB are left", left_bytes >> 20);
        }
    }
}
