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
