//! Guests that trap, and panics.

use cofferdam_tests::Look;

use crate::see;

#[test]
fn panics() {
    see("panics", &[])
        .ended("panicked", 134)
        .message(&["row 7 is not there", "panics.rs:9"])
        .frame(&["panics", ".rs:9"]);
}

#[test]
fn panics_plainly() {
    let seen = see("panics_plainly", &[]).ended("trapped", 134).frame(&["panics_plainly::main", ".rs:4"]);
    assert!(seen.report.text("stderr").contains("without a report"));
}

#[test]
fn overflows_its_stack() {
    see("overflows_its_stack", &[]).ended("trapped", 134).message(&["stack"]).frame(&["deeper", ".rs:"]);
}

#[test]
fn recurses() {
    see("recurses", &[]).ended("trapped", 134).message(&["stack"]).frame(&["deeper"]);
}

#[test]
fn divides_by_zero() {
    see("divides_by_zero", &[]).ended("trapped", 134).message(&["divide by zero"]).frame(&["share_out"]);
}

#[test]
fn points_outside() {
    see("points_outside", &[]).ended("trapped", 134).message(&["log", "100 bytes at 0xfffa", "65536"]);
}

#[test]
fn claims_a_huge_length() {
    let seen =
        see("claims_a_huge_length", &[]).ended("trapped", 134).message(&["checkpoint", "4294967280 bytes"]);
    assert!(seen.report.number("host.peak_bytes") < 1 << 20, "nothing was allocated for it");
}

#[test]
fn wraps_around() {
    see("wraps_around", &[]).ended("trapped", 134).message(&["append", "0xffffff00"]);
}

#[test]
fn reads_input_outside() {
    see("reads_input_outside", &["--input", "[1,2,3]"]).ended("trapped", 134).message(&["input", "0x10000"]);
}

#[test]
fn reaches_the_unreachable() {
    see("reaches_the_unreachable", &[]).ended("trapped", 134).message(&["unreachable"]).frame(&["give_up"]);
}

#[test]
fn overflows_an_integer() {
    see("overflows_an_integer", &[])
        .ended("trapped", 134)
        .message(&["integer overflow"])
        .frame(&["negate_the_least"]);
}

#[test]
fn converts_a_huge_float() {
    see("converts_a_huge_float", &[]).ended("trapped", 134).message(&["integer overflow"]).frame(&["round"]);
}

#[test]
fn converts_not_a_number() {
    see("converts_not_a_number", &[]).ended("trapped", 134).message(&["conversion"]).frame(&["round"]);
}

#[test]
fn reads_beyond_its_memory() {
    see("reads_beyond_its_memory", &[]).ended("trapped", 134).message(&["out of bounds"]).frame(&["look"]);
}

#[test]
fn copies_beyond_its_memory() {
    let seen = see("copies_beyond_its_memory", &[]).ended("trapped", 134).message(&["out of bounds"]);
    assert!(seen.report.number("wall_ms") < 5_000, "nothing of it was moved");
}

#[test]
fn places_data_outside() {
    see("places_data_outside", &[]).ended("trapped", 134).message(&["out of bounds"]);
}

#[test]
fn reads_beyond_its_table() {
    see("reads_beyond_its_table", &[]).ended("trapped", 134).message(&["table"]).frame(&["call_one"]);
}

#[test]
fn calls_a_null() {
    see("calls_a_null", &[]).ended("trapped", 134).frame(&["call_one"]);
}

#[test]
fn calls_the_wrong_type() {
    see("calls_the_wrong_type", &[]).ended("trapped", 134).message(&["type"]).frame(&["call_as_another"]);
}

#[test]
fn recurses_indirectly() {
    see("recurses_indirectly", &[]).ended("trapped", 134).message(&["stack"]).frame(&["ping"]);
}

#[test]
fn recurses_around_the_host() {
    see("recurses_around_the_host", &[]).ended("trapped", 134).message(&["stack"]).frame(&["deeper"]);
}

#[test]
fn traps_at_its_start() {
    see("traps_at_its_start", &[]).ended("trapped", 134).message(&["unreachable"]).frame(&["begin"]);
}

#[test]
fn traps_after_its_checkpoint() {
    let seen = see("traps_after_its_checkpoint", &[]).ended("trapped", 134);
    assert_eq!(seen.report.number("checkpoint.count"), 1);
    assert_eq!(seen.report.at("output"), &serde_json::Value::Null, "what came after it is not there");
}
