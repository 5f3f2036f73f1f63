//! Checks every import of a module against the functions that there are. An
//! import that nobody provides is refused here, by name, never at the first call.

use crate::abi::{self, IMPORT_MODULE, WASI_MODULE};

use super::module::{Import, ImportKind, Module};
use super::refusal::Refusal;

pub(super) fn check(module: &Module) -> Result<(), Refusal> {
    for import in &module.imports {
        check_one(import)?;
    }
    let reads_memory = module.imports.iter().any(|import| {
        !matches!(import.name.as_str(), "proc_exit" | "sched_yield" | "stop_requested" | "left" | "oom")
    });
    if reads_memory && !module.exports_memory {
        return Err(Refusal::NoMemory);
    }
    Ok(())
}

fn check_one(import: &Import) -> Result<(), Refusal> {
    let (module, name) = (&import.module, &import.name);
    let Some(functions) = abi::functions_of(module) else {
        return Err(unknown_module(module, name));
    };
    let (params, results) = match &import.kind {
        ImportKind::Function { params, results } => (params, results),
        ImportKind::Other(kind) => {
            return Err(Refusal::ImportKind {
                module: module.clone(),
                name: name.clone(),
                kind: (*kind).into(),
            });
        }
    };
    let Some(function) = functions.iter().find(|f| f.name == name) else {
        let nearest = nearest(name, functions.iter().map(|f| f.name));
        return Err(Refusal::UnknownImport { module: module.clone(), name: name.clone(), nearest });
    };
    if !function.takes(params, results) {
        return Err(Refusal::ImportSignature {
            module: module.clone(),
            name: name.clone(),
            found: abi::signature_of(params, results),
            expected: function.signature(),
        });
    }
    Ok(())
}

fn unknown_module(module: &str, name: &str) -> Refusal {
    if module.starts_with("cofferdam") {
        return Refusal::OtherAbi { module: module.to_owned() };
    }
    let supported = match module {
        "wasi_unstable" => {
            format!("that is the preview 0 of WASI; build for `wasm32-wasip1`, which imports `{WASI_MODULE}`")
        }
        "__wbindgen_placeholder__" | "wbg" => {
            "that is wasm-bindgen's, for browsers; build without it for `wasm32-wasip1`".to_owned()
        }
        "env" => format!(
            "that is where a linker puts what it did not find: link it in, or import from `{WASI_MODULE}` or `{IMPORT_MODULE}`"
        ),
        _ => format!("supported: `{WASI_MODULE}` and `{IMPORT_MODULE}`"),
    };
    Refusal::UnknownModule { module: module.to_owned(), name: name.to_owned(), supported }
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    known.min_by_key(|candidate| strsim::damerau_levenshtein(name, candidate)).unwrap_or_default().to_owned()
}
