//! Modules that cannot be run at all: what is wrong, and what is supported.

use crate::see;

#[test]
fn imports_the_unknown() {
    see("imports_the_unknown", &[]).ended("refused", 126).message(&[
        "`env.launch`",
        "wasi_snapshot_preview1",
        "cofferdam_v1",
    ]);
}

#[test]
fn is_of_abi_2() {
    see("is_of_abi_2", &[]).ended("refused", 126).message(&["`cofferdam_v2`", "`cofferdam_v1`"]);
}

#[test]
fn is_a_component() {
    see("is_a_component", &[]).ended("refused", 126).message(&["component", "wasm32-wasip1"]);
}

#[test]
fn has_no_entry() {
    see("has_no_entry", &[]).ended("refused", 126).message(&["`_start`", "`cofferdam_run`", "`main`"]);
}

#[test]
fn has_two_memories() {
    see("has_two_memories", &[]).ended("refused", 126).message(&["memories"]);
}

#[test]
fn shares_its_memory() {
    see("shares_its_memory", &[]).ended("refused", 126).message(&["shared"]);
}

#[test]
fn has_a_64_bit_memory() {
    see("has_a_64_bit_memory", &[]).ended("refused", 126).message(&["memory64"]);
}

#[test]
fn throws() {
    see("throws", &[]).ended("refused", 126).message(&["exceptions"]);
}

#[test]
fn has_a_bad_manifest() {
    see("has_a_bad_manifest", &[]).ended("refused", 126).message(&["`memroy`", "memory"]);
}

#[test]
fn has_an_entry_of_the_wrong_type() {
    see("has_an_entry_of_the_wrong_type", &[]).ended("refused", 126).message(&["`cofferdam_run`"]);
}

#[test]
fn has_an_entry_that_is_a_global() {
    see("has_an_entry_that_is_a_global", &[]).ended("refused", 126).message(&["`_start`"]);
}

#[test]
fn has_no_memory() {
    see("has_no_memory", &[]).ended("refused", 126).message(&["memory"]);
}

#[test]
fn exports_a_table_as_its_memory() {
    see("exports_a_table_as_its_memory", &[]).ended("refused", 126).message(&["memory"]);
}

#[test]
fn imports_a_memory() {
    see("imports_a_memory", &[]).ended("refused", 126).message(&["`cofferdam_v1.memory`"]);
}

#[test]
fn imports_the_wrong_type() {
    see("imports_the_wrong_type", &[])
        .ended("refused", 126)
        .message(&["`cofferdam_v1.checkpoint`", "it is `(i32, i32, i32) -> (i32)`"]);
}
