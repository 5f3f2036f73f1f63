//! From a module's bytes to code. Runs in a child in the product (see [`crate::apart`]), and in
//! tests and benches in their own process.

use wasmparser::{KnownCustom, Parser, Payload};

use crate::engine;
use crate::error::{HostError, LoadError};
use crate::inspect::{Inspection, Refusal, inspect};

/// Checks, then compiles. The code loads into engines with the same `metering`.
pub(crate) fn compile(mut wasm: Vec<u8>, metering: bool) -> Result<(Inspection, Vec<u8>), LoadError> {
    let inspection = inspect(&wasm)?;
    hide_names(&mut wasm);
    let compiler = engine::compiler(metering).map_err(|e| HostError::Engine(format!("{e:#}")))?;
    let code = compiler
        .precompile_module(&wasm)
        .map_err(|error| Refusal::Uncompilable { reason: format!("says: {error:#}") })?;
    Ok((inspection, code))
}

/// The compiler would keep the names of all functions beside their code, where the worker reads
/// them in a trap. Without moving a byte: a trap's place is an offset into the module.
fn hide_names(wasm: &mut [u8]) {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Ok(Payload::CustomSection(section)) = payload
            && let KnownCustom::Name(_) = section.as_known()
        {
            found.push(section.data_offset() - section.name().len());
        }
    }
    found.into_iter().for_each(|at| wasm[at] = b'_');
}
