//! Files that are no modules.

use cofferdam_tests::{Site, guest};

use crate::Seen;

#[track_caller]
fn run(name: &str, bytes: &[u8]) -> Seen {
    let site = Site::new();
    let module = site.write(name, bytes);
    Seen::of(site.run(["run", module.to_str().expect("a path in UTF-8"), "--json"]))
}

#[test]
fn a_truncated_module_is_refused_with_the_place() {
    let whole = std::fs::read(guest("counts_words")).expect("a guest");
    for part in [whole.len() / 2, 9, 6] {
        run("half.wasm", &whole[..part]).ended("refused", 126).message(&["truncated", "byte offset"]);
    }
}

#[test]
fn a_module_in_text_form_is_refused_with_the_tool_that_assembles_it() {
    run("text.wasm", b";; a comment first\n(module)").ended("refused", 126).message(&["text", "wat2wasm"]);
}

#[test]
fn what_is_no_module_at_all_is_refused_with_its_beginning() {
    run("script.wasm", b"#!/bin/sh\nexit 0\n").ended("refused", 126).message(&["#!/bin", "wasm32-wasip1"]);
    run("elf.wasm", b"\x7fELF\x02\x01\x01\0\0\0\0\0").ended("refused", 126).message(&["\\x7fELF"]);
    run("empty.wasm", b"").ended("refused", 126).message(&["empty"]);
}

#[test]
fn a_corrupted_module_is_refused_and_not_compiled() {
    // By hand, so that its middle is code and not a line table, which nobody has to understand.
    let mut bytes = std::fs::read(guest("grows_without_end")).expect("a guest");
    let code = bytes.windows(2).position(|pair| pair == [0x40, 0x00]).expect("a `memory.grow`");
    bytes[code..code + 2].fill(0xff);
    run("corrupt.wasm", &bytes).ended("refused", 126).message(&["byte offset"]);
}

#[test]
fn a_module_that_is_not_there_is_an_error_of_the_caller() {
    let site = Site::new();
    site.run(["run", "/no/such/job.wasm", "--json"]).expect_code(125).says("/no/such/job.wasm");
}
