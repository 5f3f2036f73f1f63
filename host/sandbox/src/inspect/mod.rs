//! What a module is, found out without compiling it: its shape, manifest,
//! imports, exports and needs; or the first thing that keeps it from running.
//! The manifest is handed on as bytes: what it says is not known here.

mod bounds;
mod imports;
mod module;
mod refusal;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(crate) use bounds::TABLES_MAX;
pub use refusal::Refusal;

/// A module of more bytes than this is refused.
pub(crate) const MODULE_MAX_BYTES: usize = 64 * 1024 * 1024;

/// How a module is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Shape {
    /// Exports `_start`: input on stdin, output on stdout, an exit code.
    Command,
    /// Exports `cofferdam_run`.
    Job,
}

/// What is known of a module that can be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    pub shape: Shape,
    /// The section `cofferdam.manifest`, byte for byte; more than one are
    /// joined in their order, as a linker does.
    pub manifest: Option<Vec<u8>>,
    /// (module, name), in the module's order.
    pub imports: Vec<(String, String)>,
    /// Names, in the module's order.
    pub exports: Vec<String>,
    /// What the module's memory takes before it starts.
    pub memory_minimum_bytes: u64,
    /// The module's own maximum, if it declares one.
    pub memory_maximum_bytes: Option<u64>,
    /// How many tables there are, and what they take before the start.
    pub tables: u32,
    pub table_minimum_elements: u64,
    pub functions: u32,
    /// Backtraces have files and lines.
    pub has_line_tables: bool,
    /// Backtraces have function names.
    pub has_names: bool,
    pub size_bytes: u64,
    /// Lower-case hexadecimal SHA-256 of the module's bytes.
    pub sha256: String,
}

impl Inspection {
    /// What the memory account stands at before the first instruction.
    pub fn minimum_bytes(&self) -> u64 {
        self.memory_minimum_bytes
            .saturating_add(self.table_minimum_elements * crate::account::TABLE_ELEMENT_BYTES)
    }
}

/// Looks at a module without compiling it.
///
/// # Errors
///
/// The first thing that keeps it from being run, with what is supported.
pub fn inspect(wasm: &[u8]) -> Result<Inspection, Refusal> {
    if wasm.len() > MODULE_MAX_BYTES {
        return Err(Refusal::too_large(wasm.len()));
    }
    module::check_header(wasm)?;
    // Before anything grows with what is counted here.
    bounds::check(wasm)?;
    module::validate(wasm)?;
    let read = module::read(wasm)?;
    imports::check(&read)?;
    let shape = module::shape(&read)?;
    Ok(Inspection {
        shape,
        manifest: read.manifest,
        imports: read.imports.iter().map(|i| (i.module.clone(), i.name.clone())).collect(),
        exports: read.exports.iter().map(|e| e.name.clone()).collect(),
        memory_minimum_bytes: read.memory_minimum_bytes,
        memory_maximum_bytes: read.memory_maximum_bytes,
        tables: read.tables,
        table_minimum_elements: read.table_minimum_elements,
        functions: read.functions,
        has_line_tables: read.has_line_tables,
        has_names: read.has_names,
        size_bytes: wasm.len() as u64,
        sha256: hex(&Sha256::digest(wasm)),
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
