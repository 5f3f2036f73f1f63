//! Reads a binary module once, section by section, and keeps what an
//! inspection wants to know. Function bodies are validated and not looked at.

use wasmparser::{ExternalKind, KnownCustom, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures};

use crate::abi::{self, COMMAND_ENTRY, INITIALIZE, JOB_ENTRY, MANIFEST_SECTION};

use super::Shape;
use super::refusal::Refusal;

const PAGE_BYTES: u64 = 64 * 1024;
pub(super) const FEATURES_OFF: &str = "threads, shared memory, memory64, multi-memory, GC, function references, exceptions, relaxed SIMD, stack switching, custom page sizes, wide arithmetic";

/// The features of the engine; `engine` switches the same ones off, and a test
/// compares the two.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::WASM2 | WasmFeatures::TAIL_CALL | WasmFeatures::EXTENDED_CONST
}

pub(super) struct Module {
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<Export>,
    pub(super) manifest: Option<Vec<u8>>,
    pub(super) memory_minimum_bytes: u64,
    pub(super) memory_maximum_bytes: Option<u64>,
    pub(super) exports_memory: bool,
    pub(super) tables: u32,
    pub(super) table_minimum_elements: u64,
    pub(super) functions: u32,
    pub(super) has_line_tables: bool,
    pub(super) has_names: bool,
}

pub(super) struct Import {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) kind: ImportKind,
}

pub(super) enum ImportKind {
    Function { params: Vec<ValType>, results: Vec<ValType> },
    Other(&'static str),
}

pub(super) struct Export {
    pub(super) name: String,
    /// The type of a function, as text; else what it is.
    found: String,
    is_function: bool,
}

pub(super) fn check_header(wasm: &[u8]) -> Result<(), Refusal> {
    if wasm.is_empty() {
        return Err(Refusal::Empty);
    }
    if !wasm.starts_with(b"\0asm") {
        if b"\0asm".starts_with(wasm) {
            return Err(truncated(wasm.len() as u64, "the header is 8 bytes"));
        }
        let text = wasm.trim_ascii_start();
        if text.starts_with(b"(module") || text.starts_with(b"(component") || text.starts_with(b";;") {
            return Err(Refusal::Text);
        }
        return Err(Refusal::NotWasm { found: beginning(wasm) });
    }
    let Some(version) = wasm.get(4..8) else {
        return Err(truncated(wasm.len() as u64, "the header is 8 bytes"));
    };
    match version {
        [1, 0, 0, 0] => Ok(()),
        // The upper half is the layer: 1 is a component.
        [_, _, 1, 0] => Err(Refusal::Component),
        _ => Err(Refusal::Version {
            version: u32::from_le_bytes([version[0], version[1], version[2], version[3]]),
        }),
    }
}

fn beginning(wasm: &[u8]) -> String {
    let head = &wasm[..wasm.len().min(8)];
    if head.starts_with(b"\x7fELF") {
        return "`\\x7fELF` (a program for this machine)".to_owned();
    }
    format!("`{}`", head.escape_ascii())
}

fn truncated(offset: u64, reason: &str) -> Refusal {
    Refusal::Truncated { offset, reason: reason.to_owned() }
}

pub(super) fn validate(wasm: &[u8]) -> Result<(), Refusal> {
    let Err(error) = Validator::new_with_features(features()).validate_all(wasm) else {
        return Ok(());
    };
    let (offset, reason) = (error.offset() as u64, error.message().to_owned());
    if is_end_of_file(&error) {
        return Err(Refusal::Truncated { offset, reason });
    }
    if Validator::new_with_features(WasmFeatures::all()).validate_all(wasm).is_ok() {
        return Err(Refusal::Feature { offset, reason });
    }
    Err(Refusal::Invalid { offset, reason })
}

fn is_end_of_file(error: &wasmparser::BinaryReaderError) -> bool {
    error.message().contains("unexpected end")
}

pub(super) fn invalid(error: wasmparser::BinaryReaderError) -> Refusal {
    let (offset, reason) = (error.offset() as u64, error.message().to_owned());
    if is_end_of_file(&error) {
        Refusal::Truncated { offset, reason }
    } else {
        Refusal::Invalid { offset, reason }
    }
}

/// Reads a module that was validated.
pub(super) fn read(wasm: &[u8]) -> Result<Module, Refusal> {
    let mut module = Module {
        imports: Vec::new(),
        exports: Vec::new(),
        manifest: None,
        memory_minimum_bytes: 0,
        memory_maximum_bytes: None,
        exports_memory: false,
        tables: 0,
        table_minimum_elements: 0,
        functions: 0,
        has_line_tables: false,
        has_names: false,
    };
    let mut types: Vec<(Vec<ValType>, Vec<ValType>)> = Vec::new();
    let mut function_types: Vec<u32> = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(invalid)? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    let ty = ty.map_err(invalid)?;
                    types.push((ty.params().to_vec(), ty.results().to_vec()));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(invalid)?;
                    let kind = match import.ty {
                        TypeRef::Func(index) => {
                            function_types.push(index);
                            let (params, results) = types[index as usize].clone();
                            ImportKind::Function { params, results }
                        }
                        // No engine here has them, and the validator lets them pass: they count
                        // among the functions all the same.
                        TypeRef::FuncExact(index) => {
                            function_types.push(index);
                            ImportKind::Other("function of an exact type")
                        }
                        TypeRef::Table(_) => ImportKind::Other("table"),
                        TypeRef::Memory(_) => ImportKind::Other("memory"),
                        TypeRef::Global(_) => ImportKind::Other("global"),
                        _ => ImportKind::Other("tag"),
                    };
                    module.imports.push(Import {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                        kind,
                    });
                }
            }
            Payload::FunctionSection(section) => {
                module.functions = section.count();
                for index in section {
                    function_types.push(index.map_err(invalid)?);
                }
            }
            Payload::TableSection(section) => {
                module.tables = section.count();
                for table in section {
                    module.table_minimum_elements += table.map_err(invalid)?.ty.initial;
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory.map_err(invalid)?;
                    module.memory_minimum_bytes = memory.initial * PAGE_BYTES;
                    module.memory_maximum_bytes = memory.maximum.map(|pages| pages * PAGE_BYTES);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(invalid)?;
                    if export.name == "memory" && export.kind == ExternalKind::Memory {
                        module.exports_memory = true;
                    }
                    let is_function = export.kind == ExternalKind::Func;
                    let found = if is_function {
                        let ty = function_types[export.index as usize];
                        let (params, results) = &types[ty as usize];
                        format!("a function of type `{}`", abi::signature_of(params, results))
                    } else {
                        format!("a {:?}", export.kind).to_lowercase()
                    };
                    module.exports.push(Export { name: export.name.to_owned(), found, is_function });
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Name(_) => module.has_names = true,
                _ if section.name() == ".debug_line" => module.has_line_tables = true,
                _ if section.name() == MANIFEST_SECTION => {
                    module.manifest.get_or_insert_default().extend_from_slice(section.data());
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(module)
}

/// A job if it has a job's entry, else a command; each with the right type.
pub(super) fn shape(module: &Module) -> Result<Shape, Refusal> {
    let find = |name: &str| module.exports.iter().find(|export| export.name == name);
    let check = |export: &Export, expected: &'static str| {
        if export.is_function && export.found == format!("a function of type `{expected}`") {
            return Ok(());
        }
        Err(Refusal::EntryType {
            name: export.name.clone(),
            found: export.found.clone(),
            expected: expected.into(),
        })
    };
    if let Some(entry) = find(JOB_ENTRY) {
        check(entry, "() -> (i32)")?;
        if let Some(initialize) = find(INITIALIZE) {
            check(initialize, "() -> ()")?;
        }
        return Ok(Shape::Job);
    }
    if let Some(entry) = find(COMMAND_ENTRY) {
        check(entry, "() -> ()")?;
        return Ok(Shape::Command);
    }
    let exports: Vec<_> = module.exports.iter().filter(|e| e.is_function).map(|e| e.name.as_str()).collect();
    let hint = if exports.is_empty() {
        "it exports no function".to_owned()
    } else {
        let shown = exports.iter().take(5).map(|e| format!("`{e}`")).collect::<Vec<_>>().join(", ");
        format!("it exports {shown}{}", if exports.len() > 5 { " and others" } else { "" })
    };
    Err(Refusal::NoEntry { hint })
}
