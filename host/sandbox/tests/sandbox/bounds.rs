//! Modules that are valid, and have more of something than anybody needs: each is refused before
//! anything is compiled, by the count that is too high.

use std::fmt::Write;

use cofferdam_sandbox::{Refusal, inspect};

use crate::support::wasm;

/// A command around so many of a thing.
fn with(count: usize, mut one: impl FnMut(usize) -> String) -> Vec<u8> {
    let mut text = r#"(module (memory (export "memory") 1) (func (export "_start"))"#.to_owned();
    (0..count).for_each(|n| text.write_str(&one(n)).expect("a text that grows"));
    wasm(&(text + ")"))
}

#[track_caller]
fn too_many(what: &str, maximum: u64, module: &[u8]) {
    match inspect(module) {
        Err(Refusal::TooMany { what: named, count, maximum: most }) => {
            assert_eq!((named.as_ref(), most), (what, maximum));
            assert!(count > maximum);
        }
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn every_count_has_its_bound_and_the_bound_itself_is_taken() {
    type One = fn(usize) -> String;
    let counted: [(&str, usize, One); 6] = [
        // Two of each are there already: the memory, the entry and its type.
        ("globals", 1_000, |_| "(global i32 (i32.const 0))".into()),
        ("tables", 2, |_| "(table 1 funcref)".into()),
        ("data segments", 50_000, |_| "(data \"\")".into()),
        ("element segments", 50_000, |_| "(elem func)".into()),
        ("custom sections", 1_000, |_| "(@custom \"x\" \"\")".into()),
        ("functions", 50_000 - 1, |_| "(func)".into()),
    ];
    for (what, most, one) in counted {
        let most_of_all = if what == "functions" { 50_000 } else { most as u64 };
        inspect(&with(most, one)).unwrap_or_else(|refusal| panic!("{most} {what}: {refusal}"));
        too_many(what, most_of_all, &with(most + 1, one));
    }
}

#[test]
fn types_exports_and_imports_are_counted_too() {
    // Types are told apart by their parameters, so that the text format keeps each.
    let of_bits =
        |n: usize| (0..14).map(|bit| if n >> bit & 1 == 1 { " i64" } else { " i32" }).collect::<String>();
    too_many("types", 10_000, &with(10_001, |n| format!("(type (func (param{})))", of_bits(n))));
    too_many("exports", 10_000, &with(10_001, |n| format!("(export \"e{n}\" (func 0))")));
    let imports: String = (0..1_001)
        .map(|_| "(import \"wasi_snapshot_preview1\" \"sched_yield\" (func (result i32)))")
        .collect();
    too_many("imports", 1_000, &wasm(&format!("(module {imports} (func (export \"_start\")))")));
}

#[test]
fn one_function_is_bounded_in_its_size_and_its_variables() {
    let body = |locals: usize, size: usize| {
        let locals = "(local i32)".repeat(locals);
        let pushes = "(drop (i64.const 0x7fffffffffffffff))".repeat(size / 12);
        wasm(&format!(r#"(module (memory (export "memory") 1) (func (export "_start") {locals} {pushes}))"#))
    };
    inspect(&body(10_000, 0)).expect("within its bound");
    too_many("locals in one function", 10_000, &body(10_001, 0));
    inspect(&body(0, 1_000_000)).expect("within its bound");
    too_many("bytes in one function", 1 << 20, &body(0, 1_100_000));
}

#[test]
fn names_and_the_manifest_are_bounded_in_their_bytes() {
    let long = "n".repeat(90_000);
    too_many(
        "bytes of names of imports and exports",
        1 << 20,
        &with(12, |n| format!("(export \"{long}{n}\" (func 0))")),
    );
    let manifest = "m".repeat(40_000);
    too_many(
        "bytes of manifest",
        64 * 1024,
        &with(2, |_| format!("(@custom \"cofferdam.manifest\" \"{manifest}\")")),
    );
}

#[test]
fn entries_of_all_element_segments_are_counted_together() {
    let segment = |_| format!("(elem func{})", " 0".repeat(50_000));
    inspect(&with(2, segment)).expect("within the bound");
    too_many("entries in element segments", 100_000, &with(3, segment));
}
