//! Names the guest's frames: demangled functions, with file and line where the
//! module carries line tables. Line tables are guest-provided and parsed here,
//! at the end of an attempt, on a thread where they delay nobody, for a bounded
//! time; an answer that takes longer is left out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use wasmparser::{Parser, Payload};
use wasmtime::WasmBacktrace;

use crate::clock::Clock;

/// More line tables than this are not kept.
const DEBUG_MAX_BYTES: usize = 64 * 1024 * 1024;
const LINES_MAX: usize = 40;
const LINE_MAX_BYTES: usize = 512;
const PATIENCE: Duration = Duration::from_secs(2);

/// The DWARF sections of a module, as they lie in it.
pub(crate) struct Symbols {
    sections: Vec<(String, Vec<u8>)>,
    /// Where the code section's contents begin: DWARF counts from there.
    code_offset: u64,
}

impl Symbols {
    /// `None` when the module has no line tables.
    pub(crate) fn read(wasm: &[u8]) -> Option<Self> {
        let mut sections = Vec::new();
        let (mut code_offset, mut total_bytes) = (0, 0);
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.ok()? {
                Payload::CodeSectionStart { range, .. } => code_offset = range.start as u64,
                Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                    total_bytes += section.data().len();
                    sections.push((section.name().to_owned(), section.data().to_vec()));
                }
                _ => {}
            }
        }
        let has_lines = sections.iter().any(|(name, _)| name == ".debug_line");
        (has_lines && total_bytes <= DEBUG_MAX_BYTES).then_some(Self { sections, code_offset })
    }

    fn dwarf(&self) -> Option<Dwarf<EndianSlice<'_, LittleEndian>>> {
        let section = |id: SectionId| {
            let found = self.sections.iter().find(|(name, _)| name == id.name());
            let bytes = found.map_or(&[][..], |(_, bytes)| bytes);
            Ok::<_, std::convert::Infallible>(EndianSlice::new(bytes, LittleEndian))
        };
        Dwarf::load(section).ok()
    }
}

/// One frame as the engine saw it.
struct Frame {
    function: String,
    /// Into the module's bytes.
    offset: Option<u64>,
}

/// The guest's frames, innermost first; a frame into which others were inlined
/// is several lines.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) lines: Vec<String>,
    /// The innermost that its author wrote: where to look first.
    pub(crate) own: Option<String>,
}

impl From<Vec<String>> for Trace {
    fn from(lines: Vec<String>) -> Self {
        Self { lines, own: None }
    }
}

pub(crate) async fn trace(
    backtrace: Option<&WasmBacktrace>,
    symbols: Option<Arc<Symbols>>,
    clock: &Clock,
) -> Trace {
    let Some(backtrace) = backtrace else { return Trace::default() };
    let frames: Vec<Frame> = backtrace
        .frames()
        .iter()
        .map(|frame| Frame {
            function: match frame.func_name() {
                Some(name) => demangled(name),
                None => format!("function {}", frame.func_index()),
            },
            offset: frame.module_offset().map(|offset| offset as u64),
        })
        .collect();
    let plain: Vec<String> = frames.iter().map(|frame| cut(frame.function.clone())).collect();
    let Some(symbols) = symbols else { return plain.into() };
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return plain.into() };
    let resolving = runtime.spawn_blocking(move || resolve(&frames, &symbols));
    tokio::select! {
        biased;
        resolved = resolving => resolved.ok().flatten().unwrap_or_else(|| plain.into()),
        () = clock.until(Instant::now() + PATIENCE) => plain.into(),
    }
}

fn resolve(frames: &[Frame], symbols: &Symbols) -> Option<Trace> {
    let context = addr2line::Context::from_dwarf(symbols.dwarf()?).ok()?;
    let mut trace = Trace::default();
    for frame in frames {
        let places = frame.offset.and_then(|offset| {
            let address = offset.checked_sub(symbols.code_offset)?;
            places(&context, address)
        });
        let Some(places) = places.filter(|places| !places.is_empty()) else {
            trace.lines.push(cut(frame.function.clone()));
            continue;
        };
        let last = places.len() - 1;
        for (index, Place { function, file, line }) in places.into_iter().enumerate() {
            // The outermost of the inlined ones is the frame itself.
            let function = function.filter(|_| index < last).unwrap_or_else(|| frame.function.clone());
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
    trace.lines.truncate(LINES_MAX);
    Some(trace)
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
