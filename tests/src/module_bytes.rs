//! Modules written byte by byte, also such as no tool would write.
//!
//! Deliberately absent: any check of what is written. That is what the product is for.

/// A module: the header, and sections in the order in which they are added.
#[derive(Clone, Debug)]
pub struct ModuleBytes {
    bytes: Vec<u8>,
}

/// The sections that are needed here, by the number that the format gives them.
#[derive(Clone, Copy, Debug)]
pub enum Section {
    /// Types of functions.
    Type = 1,
    /// What is imported.
    Import = 2,
    /// The types of the functions that follow in the code.
    Function = 3,
    /// Tables.
    Table = 4,
    /// The memory.
    Memory = 5,
    /// Globals, each with its first value.
    Global = 6,
    /// What is exported.
    Export = 7,
    /// Segments of functions for tables.
    Element = 9,
    /// How many data segments there are, before the code.
    DataCount = 12,
    /// The functions' bodies.
    Code = 10,
    /// Segments of static data.
    Data = 11,
}

/// `() -> ()`, and `() -> i32`.
pub const TYPES: [&[u8]; 2] = [&[0x60, 0, 0], &[0x60, 0, 1, 0x7f]];
/// `end`.
pub const END: u8 = 0x0b;
/// A body without locals that does nothing.
pub const EMPTY_BODY: &[u8] = &[0, END];
/// A body without locals that traps.
pub const TRAPPING_BODY: &[u8] = &[0, 0x00, END];

impl Default for ModuleBytes {
    fn default() -> ModuleBytes {
        ModuleBytes { bytes: b"\0asm\x01\0\0\0".to_vec() }
    }
}

impl ModuleBytes {
    /// These bytes, whatever they are.
    pub fn of(bytes: &[u8]) -> ModuleBytes {
        ModuleBytes { bytes: bytes.to_vec() }
    }

    /// Adds a section of these many entries.
    #[must_use]
    pub fn section(
        self,
        section: Section,
        entries: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> ModuleBytes {
        let (mut count, mut contents) = (0, Vec::new());
        for entry in entries {
            count += 1;
            contents.extend_from_slice(entry.as_ref());
        }
        let mut whole = number(count);
        whole.append(&mut contents);
        self.raw(section as u8, &whole)
    }

    /// Adds a section of these contents, whatever they are.
    #[must_use]
    pub fn raw(mut self, id: u8, contents: &[u8]) -> ModuleBytes {
        self.bytes.push(id);
        self.bytes.append(&mut number(contents.len() as u64));
        self.bytes.extend_from_slice(contents);
        self
    }

    /// Adds a custom section.
    #[must_use]
    pub fn custom(self, name: &str, contents: &[u8]) -> ModuleBytes {
        let mut whole = text(name.as_bytes());
        whole.extend_from_slice(contents);
        self.raw(0, &whole)
    }

    /// A command whose `_start` is the first function; more functions may follow in `bodies`.
    /// `before` adds what stands before the exports.
    #[must_use]
    pub fn command(
        bodies: impl IntoIterator<Item = Vec<u8>>,
        before: impl FnOnce(ModuleBytes) -> ModuleBytes,
    ) -> ModuleBytes {
        let bodies: Vec<Vec<u8>> = bodies.into_iter().map(|body| sized(&body)).collect();
        let module = ModuleBytes::default()
            .section(Section::Type, TYPES)
            .section(Section::Function, bodies.iter().map(|_| [0]))
            .section(Section::Table, [[0x70, 0, 0]])
            .section(Section::Memory, [[0, 1]]);
        before(module)
            .section(
                Section::Export,
                [[text(b"memory"), vec![2, 0]].concat(), [text(b"_start"), vec![0, 0]].concat()],
            )
            .section(Section::Code, bodies)
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// An unsigned number in LEB128.
pub fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Bytes with their length before them.
pub fn text(bytes: &[u8]) -> Vec<u8> {
    sized(bytes)
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [number(bytes.len() as u64), bytes.to_vec()].concat()
}
