//! Modules that cannot be run: each is refused before anything is compiled or
//! started, naming the first offending thing and what is supported.

use cofferdam_sandbox::{Outcome, Refusal, Shape, inspect};

use crate::support::{MEMORY, job, plain, run, wasm};

#[track_caller]
fn refused(module: &[u8], parts: &[&str]) -> Refusal {
    let refusal = inspect(module).expect_err("refused");
    let text = refusal.to_string();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    refusal
}

#[test]
fn what_is_not_wasm_is_named() {
    refused(b"", &["is empty"]);
    refused(b"#!/bin/sh\n", &["#!/bin/s", "wasm32-wasip1"]);
    refused(b"\x7fELF\x02\x01\x01", &["a program for this machine"]);
    assert_eq!(refused(b"  (module)", &["text"]), Refusal::Text);
}

#[test]
fn truncated_modules_say_where() {
    let whole = wasm(&job(MEMORY, "i32.const 0"));
    assert!(inspect(&whole).is_ok());
    refused(&whole[..3], &["truncated at byte offset 3"]);
    refused(&whole[..6], &["truncated at byte offset 6"]);
    for len in 9..whole.len() {
        match inspect(&whole[..len]) {
            Err(Refusal::Truncated { offset, .. }) => assert!(offset <= len as u64, "{offset} of {len}"),
            // Between two sections what is there is a module of its own, and all
            // of it when only the names are missing.
            Err(Refusal::NoEntry { .. } | Refusal::NoMemory | Refusal::Invalid { .. }) => {}
            Ok(inspection) => assert!(!inspection.has_names, "{len}"),
            other => panic!("{len}: {other:?}"),
        }
    }
}

#[test]
fn broken_modules_say_where_and_what() {
    let text = "(module (func (export \"cofferdam_run\") (result i32) i64.const 0))";
    refused(&wasm(text), &["not valid WebAssembly at byte offset", "type mismatch"]);
}

#[test]
fn a_component_is_refused() {
    let component = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
    assert_eq!(refused(&component, &["component", "wasm32-wasip1"]), Refusal::Component);
}

#[test]
fn another_version_of_the_interface_is_refused_by_name() {
    let text = r#"(module (import "cofferdam_v2" "output" (func (param i32 i32) (result i32)))
        (memory (export "memory") 1) (func (export "cofferdam_run") (result i32) i32.const 0))"#;
    refused(&wasm(text), &["`cofferdam_v2`", "supported: `cofferdam_v1`"]);
    let text = text.replace("cofferdam_v2", "wasi_unstable");
    refused(&wasm(&text), &["`wasi_unstable.output`", "wasi_snapshot_preview1"]);
}

#[test]
fn an_unknown_import_is_refused_by_name_with_the_nearest() {
    let text = r#"(module (import "cofferdam_v1" "chekpoint" (func (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (func (export "cofferdam_run") (result i32) i32.const 0))"#;
    refused(&wasm(text), &["`cofferdam_v1.chekpoint`", "nearest is `cofferdam_v1.checkpoint`"]);
    let text = text.replace("cofferdam_v1", "env");
    refused(&wasm(&text), &["`env.chekpoint`", "a linker"]);
}

#[test]
fn an_import_of_another_type_is_refused_with_both_types() {
    let text = r#"(module (import "cofferdam_v1" "output" (func (param i64 i32)))
        (memory (export "memory") 1) (func (export "cofferdam_run") (result i32) i32.const 0))"#;
    refused(&wasm(text), &["`cofferdam_v1.output`", "`(i64, i32) -> ()`", "`(i32, i32) -> (i32)`"]);
    let text = r#"(module (import "cofferdam_v1" "memory" (memory 1)) (func (export "cofferdam_run") (result i32) i32.const 0))"#;
    refused(&wasm(text), &["`cofferdam_v1.memory`", "as a memory"]);
}

#[test]
fn a_module_without_an_entry_or_with_a_wrong_one_is_refused() {
    refused(&wasm(r#"(module (func (export "main")))"#), &["`_start`", "`cofferdam_run`", "`main`"]);
    refused(&wasm("(module)"), &["exports no function"]);
    refused(
        &wasm(r#"(module (func (export "cofferdam_run")))"#),
        &["`cofferdam_run`", "`() -> ()`", "`() -> (i32)`"],
    );
    refused(&wasm(r#"(module (func (export "_start") (param i32)))"#), &["`_start`", "`() -> ()`"]);
    refused(&wasm(r#"(module (global (export "cofferdam_run") i32 (i32.const 0)))"#), &["global"]);
}

#[test]
fn features_that_are_off_are_refused_by_name() {
    let off = [
        (r#"(module (memory (export "memory") 1 2 shared) (func (export "_start")))"#, "threads"),
        (r#"(module (memory (export "memory") i64 1) (func (export "_start")))"#, "memory64"),
        (r#"(module (memory 1) (memory 1) (func (export "_start")))"#, "multi"),
        (r#"(module (type (struct)) (func (export "_start")))"#, "gc"),
        (r#"(module (tag) (func (export "_start")))"#, "exceptions"),
    ];
    for (text, what) in off {
        let text = refused(&wasm(text), &["feature that is off"]).to_string();
        assert!(text.to_lowercase().contains(what), "{what}: {text}");
    }
}

#[test]
fn a_job_that_needs_memory_must_export_it() {
    let text = r#"(module (import "cofferdam_v1" "output" (func (param i32 i32) (result i32)))
        (func (export "cofferdam_run") (result i32) i32.const 0))"#;
    assert_eq!(refused(&wasm(text), &["`memory`"]), Refusal::NoMemory);
}

#[test]
fn a_minimum_over_the_cap_is_refused_with_both_figures() {
    let mut request = plain();
    request.limits.memory_cap_bytes = 1 << 20;
    let report = run(&job(r#"(memory (export "memory") 17)"#, "i32.const 0"), request);
    assert_eq!((report.outcome, report.exit_code), (Outcome::Refused, 126));
    assert!(report.message.contains("1114112") && report.message.contains("1048576"), "{}", report.message);
    assert_eq!(report.memory.requested_bytes, Some(1_114_112));
    assert_eq!(report.fuel.used, 0);
}

#[test]
fn an_inspection_tells_what_a_module_is() {
    let mut module = wasm(&job(r#"(memory (export "memory") 3 9) (table 5 funcref)"#, "i32.const 0"));
    // A custom section, appended by hand.
    let (name, manifest) = (&b"cofferdam.manifest"[..], &br#"{"kind":"x"}"#[..]);
    module.push(0);
    module.push((1 + name.len() + manifest.len()) as u8);
    module.push(name.len() as u8);
    module.extend_from_slice(name);
    module.extend_from_slice(manifest);
    let inspection = inspect(&module).expect("a good module");
    assert_eq!(inspection.shape, Shape::Job);
    assert_eq!(inspection.manifest.as_deref(), Some(manifest));
    assert_eq!(inspection.memory_minimum_bytes, 3 * 65536);
    assert_eq!(inspection.memory_maximum_bytes, Some(9 * 65536));
    assert_eq!(inspection.minimum_bytes(), 3 * 65536 + 5 * 8);
    assert_eq!(inspection.tables, 1);
    assert_eq!(inspection.imports[0], ("cofferdam_v1".to_owned(), "input".to_owned()));
    assert!(inspection.exports.contains(&"cofferdam_run".to_owned()));
    assert!(inspection.has_names && !inspection.has_line_tables);
    assert_eq!(inspection.sha256.len(), 64);
}

#[test]
fn every_documented_import_links() {
    // The table of the inspection and the functions of the linker are two
    // lists; this holds them together.
    let header = include_str!("../../../../guest-sdk/include/cofferdam.h");
    let documented: Vec<&str> =
        header.lines().filter_map(|line| line.strip_prefix("CF_IMPORT(\"")?.split('"').next()).collect();
    assert!(documented.len() >= 14, "{documented:?}");
    let all = job(MEMORY, "i32.const 0");
    for name in &documented {
        assert!(all.contains(&format!("\"{name}\"")), "`{name}` is documented and not tested");
    }
    assert_eq!(run(&all, plain()).outcome, Outcome::Completed);
}

#[test]
fn every_wasi_function_links() {
    let table = include_str!("../../src/abi.rs");
    let wasi = table.split("WASI_FUNCTIONS").nth(1).expect("the table");
    let mut imports = String::new();
    let mut count = 0;
    for line in wasi.lines() {
        let Some(rest) = line.trim().strip_prefix("function(\"") else { continue };
        let words: Vec<&str> = rest.split('"').collect();
        let types = |letters: &str| {
            letters.chars().map(|l| if l == 'I' { "i64 " } else { "i32 " }).collect::<String>()
        };
        imports += &format!(
            "(import \"wasi_snapshot_preview1\" \"{}\" (func (param {}) (result {})))\n",
            words[0],
            types(words[2]),
            types(words[4])
        );
        count += 1;
    }
    assert_eq!(count, 46);
    let text = format!(r#"(module {imports} (memory (export "memory") 1) (func (export "_start")))"#);
    assert_eq!(run(&text, plain()).outcome, Outcome::Completed);
}
