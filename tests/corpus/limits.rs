//! Guests that hand over more than a value may have, and what a job is told of its limits.

use cofferdam_tests::Look;

use crate::see;

#[test]
fn keeps_a_large_checkpoint() {
    let seen = see("keeps_a_large_checkpoint", &[]).ended("failed", 1).message(&[
        "checkpoint",
        "1048577 bytes",
        "1048576",
    ]);
    assert_eq!(seen.report.number("checkpoint.count"), 1, "the one before it is kept");
}

#[test]
fn appends_a_large_chunk() {
    see("appends_a_large_chunk", &[]).ended("failed", 1).message(&["`rows`", "1048577 bytes", "1048576"]);
}

#[test]
fn returns_a_large_output() {
    see("returns_a_large_output", &[])
        .ended("failed", 1)
        .message(&["output", "1048578 bytes", "1048576"])
        .at("output", serde_json::Value::Null);
}

#[test]
fn appends_to_a_bad_name() {
    see("appends_to_a_bad_name", &[]).ended("failed", 1).message(&["`../rows`", "1 to 64"]);
}

#[test]
fn hoards_host_memory() {
    let seen = see("hoards_host_memory", &[])
        .ended("memory_limit", 137)
        .message(&["host allowance", "1048576"])
        .at("host.allowance_bytes", 1 << 20);
    assert!(seen.report.number("memory.peak_bytes") < 2 << 20, "its own memory stayed small");
}

#[test]
fn tells_of_itself() {
    let seen = see("tells_of_itself", &["--fuel", "2G"])
        .ended("completed", 0)
        .at("output.kind", "guest.tells_of_itself")
        .at("output.attempt", 1)
        .at("output.resumed", false)
        .at("output.memory_cap_bytes", 4 << 20)
        .at("output.fuel_cap", 2_000_000_000_u64)
        .at("output.timeout_ms", 60_000);
    for (left, cap) in
        [("fuel_left", "fuel_cap"), ("memory_left_bytes", "memory_cap_bytes"), ("time_left_ms", "timeout_ms")]
    {
        let (left, cap) =
            (seen.report.number(&format!("output.{left}")), seen.report.number(&format!("output.{cap}")));
        assert!(left > cap / 2 && left <= cap, "{left} of {cap}");
    }
}
