//! Names frames: demangled functions, with file and line where the module carries line tables.
//! Both are the guest's bytes: they are read in a process apart.

use std::collections::HashMap;

use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use super::Trace;
use crate::apart::FrameAt;

const LINES_MAX: usize = 40;
const LINE_MAX_BYTES: usize = 512;

/// Names as many frames as can be; what is broken stays a number.
pub(crate) fn name(wasm: &[u8], frames: &[FrameAt]) -> Trace {
    let module = Module::read(wasm, frames);
    let context = module.dwarf().and_then(|dwarf| addr2line::Context::from_dwarf(dwarf).ok());
    let mut trace = Trace::default();
    for frame in frames {
        let name = module.names.get(&frame.function).map_or_else(|| unnamed(*frame), |name| demangled(name));
        let places = context
            .as_ref()
            .zip(frame.offset)
            .and_then(|(context, offset)| places(context, offset.checked_sub(module.code_offset)?));
        match places.filter(|places| !places.is_empty()) {
            Some(places) => add(&mut trace, &name, places),
            None => trace.lines.push(cut(name)),
        }
    }
    trace.lines.truncate(LINES_MAX);
    trace
}

/// What a frame is called when its module does not say.
pub(super) fn unnamed(frame: FrameAt) -> String {
    format!("function {}", frame.function)
}

/// The custom sections of a module that say names and places.
struct Module<'m> {
    names: HashMap<u32, &'m str>,
    sections: Vec<(&'m str, &'m [u8])>,
    /// Where the code section's contents begin: DWARF counts from there.
    code_offset: u64,
}

impl<'m> Module<'m> {
    fn read(wasm: &'m [u8], frames: &[FrameAt]) -> Self {
        let mut module = Module { names: HashMap::new(), sections: Vec::new(), code_offset: 0 };
        for payload in Parser::new(0).parse_all(wasm) {
            let Ok(payload) = payload else { break };
            match payload {
                Payload::CodeSectionStart { range, .. } => module.code_offset = range.start as u64,
                Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                    module.sections.push((section.name(), section.data()));
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        module.read_names(names, frames);
                    }
                }
                _ => {}
            }
        }
        module
    }

    fn read_names(&mut self, names: wasmparser::NameSectionReader<'m>, frames: &[FrameAt]) {
        for subsection in names {
            let Ok(Name::Function(functions)) = subsection else { continue };
            for naming in functions {
                let Ok(naming) = naming else { break };
                if frames.iter().any(|frame| frame.function == naming.index) {
                    self.names.insert(naming.index, naming.name);
                }
            }
        }
    }

    fn dwarf(&self) -> Option<Dwarf<EndianSlice<'m, LittleEndian>>> {
        let section = |id: SectionId| {
            let found = self.sections.iter().find(|(name, _)| *name == id.name());
            let bytes = found.map_or(&[][..], |(_, bytes)| bytes);
            Ok::<_, std::convert::Infallible>(EndianSlice::new(bytes, LittleEndian))
        };
        Dwarf::load(section).ok()
    }
}

/// A frame into which others were inlined is several lines.
fn add(trace: &mut Trace, name: &str, places: Vec<Place<'_>>) {
    let last = places.len() - 1;
    for (index, Place { function, file, line }) in places.into_iter().enumerate() {
        // The outermost of the inlined ones is the frame itself.
        let function = function.filter(|_| index < last).unwrap_or_else(|| name.to_owned());
        let Some(file) = file else {
            trace.lines.push(cut(function));
            continue;
        };
        let text = cut(match line {
            Some(line) => format!("{function} ({}:{line})", short(file)),
            None => format!("{function} ({})", short(file)),
        });
        if trace.own.is_none() && is_own(file) {
            trace.own = Some(text.clone());
        }
        trace.lines.push(text);
    }
}

struct Place<'s> {
    function: Option<String>,
    file: Option<&'s str>,
    line: Option<u32>,
}

fn places<'s>(
    context: &'s addr2line::Context<EndianSlice<'_, LittleEndian>>,
    address: u64,
) -> Option<Vec<Place<'s>>> {
    let mut inlined = context.find_frames(address).skip_all_loads().ok()?;
    let mut places = Vec::new();
    while let Ok(Some(frame)) = inlined.next() {
        let function =
            frame.function.and_then(|function| function.raw_name().ok().map(|name| demangled(&name)));
        let (file, line) = frame.location.map_or((None, None), |location| (location.file, location.line));
        places.push(Place { function, file, line: line.filter(|&line| line > 0) });
        if places.len() >= LINES_MAX {
            break;
        }
    }
    Some(places)
}

/// Where compilers and package managers keep what the author did not write; and the SDK, when
/// it is used from a checkout.
const LIBRARIES: [&str; 7] = [
    "/rustc/",
    "/rust/deps/",
    "/rustlib/src/",
    "/registry/src/",
    "/git/checkouts/",
    "/wasi-libc",
    "/guest-sdk/src/",
];

fn is_own(file: &str) -> bool {
    !LIBRARIES.iter().any(|library| file.contains(library))
}

/// Without the hash that the compiler appends.
fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

/// From the package's directory on, where the path has the usual `src` in it.
fn short(file: &str) -> &str {
    let Some(src) = file.rfind("/src/") else { return file };
    let package = file[..src].rfind('/').map_or(0, |slash| slash + 1);
    &file[package..]
}

fn cut(mut line: String) -> String {
    if line.len() > LINE_MAX_BYTES {
        line.truncate(line.floor_char_boundary(LINE_MAX_BYTES));
        line.push_str("...");
    }
    line
}
