//! The C header is the definition of the ABI; the Rust imports are held to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Function and its parameters' and result's WebAssembly types.
type Functions = BTreeMap<String, (Vec<&'static str>, &'static str)>;

fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
}

/// What stands between `open` and the next `close` after it, and what follows.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let (_, after) = text.split_once(open)?;
    after.split_once(close)
}

fn c_type(declared: &str) -> &'static str {
    match declared {
        pointer if pointer.contains('*') => "i32",
        wide if wide.contains("int64_t") => "i64",
        narrow if narrow.contains("int32_t") || narrow.contains("size_t") => "i32",
        other => panic!("a type that this test does not know: `{other}`"),
    }
}

fn rust_type(declared: &str) -> &'static str {
    match declared {
        "*const u8" | "*mut u8" | "usize" | "i32" | "u32" => "i32",
        "i64" | "u64" => "i64",
        other => panic!("a type that this test does not know: `{other}`"),
    }
}

fn list<'a>(parameters: &'a str, of: impl Fn(&'a str) -> &'static str) -> Vec<&'static str> {
    parameters.split(',').map(str::trim).filter(|one| !one.is_empty() && *one != "void").map(of).collect()
}

fn in_the_header() -> Functions {
    let header = source("include/cofferdam.h");
    let (_, mut rest) = header.split_once("#define CF_IMPORT").expect("the macro that marks an import");
    let mut functions = Functions::new();
    while let Some((name, declared)) = between(rest, "CF_IMPORT(\"", "\")") {
        let (result, after) = declared.split_once(&format!("cf_{name}(")).expect("named like its import");
        let (parameters, after) = after.split_once(");").expect("a declaration");
        functions.insert(name.to_owned(), (list(parameters, c_type), c_type(result)));
        rest = after;
    }
    functions
}

fn in_rust() -> Functions {
    let imports = source("src/abi/guest.rs");
    let (mut rest, _) = between(&imports, "unsafe extern \"C\" {", "\n    }\n").expect("the imports");
    let mut functions = Functions::new();
    while let Some((name, declared)) = between(rest, "pub fn ", "(") {
        let (parameters, after) = declared.split_once(") -> ").expect("a declaration");
        let (result, after) = after.split_once(';').expect("a result");
        let types = list(parameters, |one| rust_type(one.split_once(": ").expect("a typed parameter").1));
        functions.insert(name.to_owned(), (types, rust_type(result)));
        rest = after;
    }
    functions
}

#[test]
fn the_rust_imports_are_those_of_the_header() {
    let header = in_the_header();
    assert_eq!(header.len(), 14, "the header's functions are found: {:?}", header.keys());
    assert_eq!(in_rust(), header);
}

#[test]
fn the_codes_of_the_header_are_those_of_the_sdk() {
    let header = source("include/cofferdam.h");
    let abi = source("src/abi/mod.rs");
    for (c, rust) in [
        ("CF_E_NONE", "E_NONE"),
        ("CF_E_TOO_LARGE", "E_TOO_LARGE"),
        ("CF_E_INVALID", "E_INVALID"),
        ("CF_E_STATE", "E_STATE"),
        ("CF_CHECKPOINT_COALESCED", "CHECKPOINT_COALESCED"),
        ("CF_CHECKPOINT_NOW", "CHECKPOINT_NOW"),
        ("CF_LEFT_FUEL", "LEFT_FUEL"),
        ("CF_LEFT_MEMORY_BYTES", "LEFT_MEMORY_BYTES"),
        ("CF_LEFT_TIME_MS", "LEFT_TIME_MS"),
        ("CF_LEFT_HOST_BYTES", "LEFT_HOST_BYTES"),
    ] {
        let (_, after) = header.split_once(&format!("{c} = ")).expect(c);
        let in_c: String = after.chars().take_while(|&c| c == '-' || c.is_ascii_digit()).collect();
        let (in_rust, _) = between(&abi, &format!("const {rust}: i32 = "), ";").expect(rust);
        assert_eq!(in_c, in_rust, "{c}");
    }
}
