//! The guest that makes the calls: an interpreter, compiled once, whose input is the list.
//!
//! A call is the function's number and its arguments, each a byte that says what follows; see
//! [`seeds`](crate::seeds) for lists written by hand. The input stays in the memory, so that a
//! pointer may lead into it: to paths, buffers, and structures that nobody laid out on purpose.

use std::fmt::Write;

/// Where the input lies, and how much of it is taken.
pub const INPUT_AT: u32 = 0x8000;
const INPUT_BYTES: u32 = 4096;
/// How many calls one list may hold.
const CALLS_MAX: u32 = 64;

/// What follows the byte before an argument; a higher one stands for itself less this many.
pub const EIGHT_BYTES: u8 = 0;
pub const FOUR_BYTES: u8 = 1;
pub const POINTER_TO_INPUT: u8 = 2;
pub const LAST_RESULT: u8 = 3;
pub const POWER_OF_TWO: u8 = 4;
pub const POWER_OF_TWO_NEGATED: u8 = 5;
pub const SMALL: u8 = 6;

/// A host function, by the letters of `abi.rs`: `i` is i32, `I` is i64.
pub struct Function {
    pub module: &'static str,
    pub name: &'static str,
    params: &'static str,
    results: &'static str,
}

/// All that there are, as the sandbox itself has them written down.
pub fn functions() -> Vec<Function> {
    let table = include_str!("../../../../host/sandbox/src/abi.rs");
    let mut module = "cofferdam_v1";
    let mut found = Vec::new();
    for line in table.lines() {
        if line.contains("WASI_FUNCTIONS: ") {
            module = "wasi_snapshot_preview1";
        }
        let Some(row) = line.trim().strip_prefix("function(\"") else { continue };
        let words: Vec<&str> = row.split('"').collect();
        if let [name, _, params, _, results, ..] = words[..] {
            found.push(Function { module, name, params, results });
        }
    }
    assert!(found.len() > 50, "the table in abi.rs is not read any more");
    found
}

/// The number of a function, for lists written by hand.
pub fn number_of(name: &str) -> u8 {
    let place = functions().iter().position(|function| function.name == name);
    place.and_then(|place| u8::try_from(place).ok()).expect("a function of this name")
}

/// The guest's module.
pub fn module() -> Vec<u8> {
    wat::parse_str(text()).expect("the text of a module")
}

fn types(letters: &str, keyword: &str) -> String {
    let words: Vec<&str> = letters.chars().map(|letter| if letter == 'I' { "i64" } else { "i32" }).collect();
    if words.is_empty() { String::new() } else { format!("({keyword} {})", words.join(" ")) }
}

fn text() -> String {
    let functions = functions();
    let mut text = String::from("(module\n");
    for Function { module, name, params, results } in &functions {
        let ty = format!("{} {}", types(params, "param"), types(results, "result"));
        let _ = writeln!(text, "(import \"{module}\" \"{name}\" (func ${name} {ty}))");
    }
    text.push_str(INTERPRETER);
    for Function { name, params, results, .. } in &functions {
        let arguments: String = params
            .chars()
            .map(|letter| if letter == 'I' { "(call $argument)" } else { "(i32.wrap_i64 (call $argument))" })
            .collect();
        let call = format!("(call ${name} {arguments})");
        let body = match *results {
            "" => format!("{call} (i64.const 0)"),
            "I" => call,
            _ => format!("(i64.extend_i32_u {call})"),
        };
        let _ = writeln!(text, "(func $with_{name} (result i64) {body})");
    }
    let names: String = functions.iter().map(|function| format!(" $with_{}", function.name)).collect();
    let count = functions.len();
    let _ = writeln!(text, "(table {count} {count} funcref) (elem (i32.const 0){names})");
    let _ = writeln!(
        text,
        r#"(func (export "cofferdam_run") (result i32)
            (local $calls i32)
            (global.set $at (i32.const {INPUT_AT}))
            (global.set $end (call $input (i32.const {INPUT_AT}) (i32.const {INPUT_BYTES})))
            (if (i32.gt_u (global.get $end) (i32.const {INPUT_BYTES}))
                (then (global.set $end (i32.const 0))))
            (global.set $end (i32.add (global.get $end) (i32.const {INPUT_AT})))
            (loop $next
                (if (i32.ge_u (global.get $at) (global.get $end)) (then (return (i32.const 0))))
                (global.set $last
                    (call_indirect (type $call) (i32.rem_u (call $byte) (i32.const {count}))))
                (local.set $calls (i32.add (local.get $calls) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $calls) (i32.const {CALLS_MAX}))))
            (i32.const 0)))"#
    );
    text
}

/// Reads bytes and arguments; below the input lies what a path, a description of a child or a
/// vector of buffers looks like.
const INTERPRETER: &str = r#"
(type $call (func (result i64)))
(memory (export "memory") 2)
(data (i32.const 8) "\00\01\00\00\08\00\00\00\40\00\00\00\04\00\00\00")
(data (i32.const 64) "file")
(data (i32.const 72) "dir/new")
(data (i32.const 80) "../secret")
(data (i32.const 96) "up")
(data (i32.const 100) "away")
(data (i32.const 104) "dots/secret")
(data (i32.const 128) "{\"kind\":\"child\",\"input\":[1],\"queue\":\"q\"}")
(global $at (mut i32) (i32.const 0))
(global $end (mut i32) (i32.const 0))
(global $last (mut i64) (i64.const 0))
(func $byte (result i32)
    (if (i32.ge_u (global.get $at) (global.get $end)) (then (return (i32.const 0))))
    (global.set $at (i32.add (global.get $at) (i32.const 1)))
    (i32.load8_u (i32.sub (global.get $at) (i32.const 1))))
(func $argument (result i64)
    (local $tag i32)
    (local.set $tag (call $byte))
    (if (i32.eq (local.get $tag) (i32.const 0)) (then
        (global.set $at (i32.add (global.get $at) (i32.const 8)))
        (return (i64.load (i32.sub (global.get $at) (i32.const 8))))))
    (if (i32.eq (local.get $tag) (i32.const 1)) (then
        (global.set $at (i32.add (global.get $at) (i32.const 4)))
        (return (i64.load32_u (i32.sub (global.get $at) (i32.const 4))))))
    (if (i32.eq (local.get $tag) (i32.const 2)) (then
        (return (i64.extend_i32_u (i32.add (i32.const 0x8000) (call $byte))))))
    (if (i32.eq (local.get $tag) (i32.const 3)) (then (return (global.get $last))))
    (if (i32.eq (local.get $tag) (i32.const 4)) (then
        (return (i64.shl (i64.const 1) (i64.extend_i32_u (call $byte))))))
    (if (i32.eq (local.get $tag) (i32.const 5)) (then
        (return (i64.sub (i64.const 0) (i64.shl (i64.const 1) (i64.extend_i32_u (call $byte)))))))
    (i64.extend_i32_u (i32.sub (local.get $tag) (i32.const 6))))
"#;
