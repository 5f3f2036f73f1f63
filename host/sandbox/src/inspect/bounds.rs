//! How much of everything a module may have: wide enough for what compilers write, narrow enough
//! that one module cannot take the compiler, or whoever reads about the module, hostage.
//!
//! Counts only; whether what is counted is valid comes later.

use std::ops::Range;

use wasmparser::{ElementItems, ElementSectionReader, FunctionBody, Parser, Payload};

use super::refusal::Refusal;
use crate::abi::MANIFEST_SECTION;

const TYPES_MAX: u64 = 10_000;
const IMPORTS_MAX: u64 = 1_000;
const FUNCTIONS_MAX: u64 = 50_000;
/// Each is a slot in every instance, written at its start.
const GLOBALS_MAX: u64 = 1_000;
pub(crate) const TABLES_MAX: u64 = 2;
const EXPORTS_MAX: u64 = 10_000;
const SEGMENTS_MAX: u64 = 50_000;
/// Entries of all element segments: each is written by code at the start of an instance.
const ELEMENTS_MAX: u64 = 100_000;
/// What the optimizer does with a function grows faster than the function.
const BODY_MAX_BYTES: u64 = 1 << 20;
const LOCALS_MAX: u64 = 10_000;
/// Names of imports and exports, together.
const NAMES_MAX_BYTES: u64 = 1 << 20;
const MANIFEST_MAX_BYTES: u64 = 64 * 1024;
const CUSTOM_SECTIONS_MAX: u64 = 1_000;

fn at_most(what: &'static str, count: u64, maximum: u64) -> Result<(), Refusal> {
    if count > maximum {
        return Err(Refusal::TooMany { what: what.into(), count, maximum });
    }
    Ok(())
}

fn bytes(range: &Range<usize>) -> u64 {
    range.len() as u64
}

/// Ends without a word where the module cannot be read: validation says what is wrong there.
pub(super) fn check(wasm: &[u8]) -> Result<(), Refusal> {
    let (mut names_bytes, mut manifest_bytes, mut customs) = (0, 0, 0);
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(payload) = payload else { return Ok(()) };
        match payload {
            Payload::TypeSection(section) => at_most("types", section.count().into(), TYPES_MAX)?,
            Payload::ImportSection(section) => {
                at_most("imports", section.count().into(), IMPORTS_MAX)?;
                names_bytes += bytes(&section.range());
            }
            Payload::FunctionSection(section) => {
                at_most("functions", section.count().into(), FUNCTIONS_MAX)?;
            }
            Payload::TableSection(section) => at_most("tables", section.count().into(), TABLES_MAX)?,
            Payload::GlobalSection(section) => at_most("globals", section.count().into(), GLOBALS_MAX)?,
            Payload::ExportSection(section) => {
                at_most("exports", section.count().into(), EXPORTS_MAX)?;
                names_bytes += bytes(&section.range());
            }
            Payload::ElementSection(section) => {
                at_most("element segments", section.count().into(), SEGMENTS_MAX)?;
                check_elements(section)?;
            }
            Payload::DataSection(section) => at_most("data segments", section.count().into(), SEGMENTS_MAX)?,
            Payload::CodeSectionEntry(body) => check_body(&body)?,
            Payload::CustomSection(section) => {
                customs += 1;
                at_most("custom sections", customs, CUSTOM_SECTIONS_MAX)?;
                if section.name() == MANIFEST_SECTION {
                    manifest_bytes += bytes(&section.range());
                }
            }
            _ => {}
        }
        at_most("bytes of names of imports and exports", names_bytes, NAMES_MAX_BYTES)?;
        at_most("bytes of manifest", manifest_bytes, MANIFEST_MAX_BYTES)?;
    }
    Ok(())
}

fn check_elements(section: ElementSectionReader<'_>) -> Result<(), Refusal> {
    let mut count = 0;
    for segment in section {
        let Ok(segment) = segment else { return Ok(()) };
        count += u64::from(match segment.items {
            ElementItems::Functions(items) => items.count(),
            ElementItems::Expressions(_, items) => items.count(),
        });
        at_most("entries in element segments", count, ELEMENTS_MAX)?;
    }
    Ok(())
}

fn check_body(body: &FunctionBody<'_>) -> Result<(), Refusal> {
    at_most("bytes in one function", bytes(&body.range()), BODY_MAX_BYTES)?;
    let Ok(locals) = body.get_locals_reader() else { return Ok(()) };
    let mut count = 0;
    for group in locals {
        let Ok((of_a_type, _)) = group else { return Ok(()) };
        count += u64::from(of_a_type);
        at_most("locals in one function", count, LOCALS_MAX)?;
    }
    Ok(())
}
