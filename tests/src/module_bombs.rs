//! Modules that are meant to hurt whoever reads, checks or compiles them. Written by code,
//! because checked-in bytes teach nothing.

use crate::module_bytes::{EMPTY_BODY, END, ModuleBytes, Section, TRAPPING_BODY, number, text};

/// One module: its name as a guest, what it is, and how it is written.
#[derive(Clone, Copy, Debug)]
pub struct Bomb {
    /// As which [`guest`](crate::guest) knows it.
    pub name: &'static str,
    /// What is wrong with it.
    pub about: &'static str,
    write: fn() -> ModuleBytes,
}

const fn bomb(name: &'static str, about: &'static str, write: fn() -> ModuleBytes) -> Bomb {
    Bomb { name, about, write }
}

/// All of them.
pub const BOMBS: &[Bomb] = &[
    bomb("has_fifty_thousand_functions", "one function more than 50,000", has_fifty_thousand_functions),
    bomb("has_one_enormous_function", "one body of 4 MiB", has_one_enormous_function),
    bomb("has_a_million_globals", "a million globals", has_a_million_globals),
    bomb("has_many_globals", "a few thousand globals, which every start would copy", has_many_globals),
    bomb("has_a_million_data_segments", "a million passive segments", has_a_million_data_segments),
    bomb("has_many_data_segments", "fifty thousand active segments", has_many_data_segments),
    bomb("has_a_million_types", "a million types of functions", has_a_million_types),
    bomb("has_a_million_exports", "a million exports of one function", has_a_million_exports),
    bomb("has_a_million_imports", "a million imports of one function", has_a_million_imports),
    bomb("has_a_million_elements", "a million functions in one segment", has_a_million_elements),
    bomb("has_a_hundred_thousand_locals", "locals of 100,000 in one function", has_a_hundred_thousand_locals),
    bomb("has_many_locals", "49,999 locals in each of a hundred functions", has_many_locals),
    bomb("branches_to_a_million_places", "a br_table of a million entries", branches_to_a_million_places),
    bomb("branches_to_many_places", "a hundred br_tables of 100,000 entries", branches_to_many_places),
    bomb("nests_its_blocks_deeply", "a hundred thousand blocks in each other", nests_its_blocks_deeply),
    bomb("nests_its_ifs_deeply", "conditions in each other, each with a result", nests_its_ifs_deeply),
    bomb("calls_far_too_often", "a body of nothing but 300,000 calls", calls_far_too_often),
    bomb(
        "claims_a_section_of_four_gigabytes",
        "a section that is not there",
        claims_a_section_of_four_gigabytes,
    ),
    bomb("claims_four_billion_functions", "a count that is not true", claims_four_billion_functions),
    bomb("lies_about_its_names", "a name section whose parts claim 4 GiB", lies_about_its_names),
    bomb("has_huge_names", "functions whose names are 16 MiB long", has_huge_names),
    bomb("has_names_that_move_the_cursor", "escape sequences as names", has_names_that_move_the_cursor),
    bomb("has_truncated_line_tables", "DWARF that ends in the middle", has_truncated_line_tables),
    bomb("has_endless_line_tables", "DWARF whose entries refer to each other", has_endless_line_tables),
    bomb("has_a_huge_manifest", "a manifest of 16 MiB, of lists in each other", has_a_huge_manifest),
    bomb(
        "has_a_hundred_thousand_sections",
        "custom sections without contents",
        has_a_hundred_thousand_sections,
    ),
];

/// The bytes of the bomb of this name, if there is one.
pub fn bomb_bytes(name: &str) -> Option<Vec<u8>> {
    let bomb = BOMBS.iter().find(|bomb| bomb.name == name)?;
    Some((bomb.write)().finish())
}

/// A command within every bound, whose one function has ten thousand variables and sixty thousand
/// loops over them: what the compiler keeps is their product. Not one of [`BOMBS`], because each of
/// those is to be over soon under the limits that everybody has.
pub fn explodes_the_compiler() -> Vec<u8> {
    let mut code = vec![1];
    code.extend(number(9_999));
    code.push(0x7f);
    for n in 0..60_000 {
        code.extend([0x03, 0x40, 0x20]);
        code.extend(number(n % 9_999));
        code.extend([0x41, 1, 0x6a, 0x21]);
        code.extend(number(n * 7 % 9_999));
        code.extend([0x41, 0, 0x0d, 0, END]);
    }
    code.push(END);
    ModuleBytes::command([code], |module| module).finish()
}

const MILLION: usize = 1_000_000;
const I32_CONST_0: [u8; 2] = [0x41, 0];
const DROP: u8 = 0x1a;

/// A command that does nothing, and what stands before its exports.
fn idle(before: impl FnOnce(ModuleBytes) -> ModuleBytes) -> ModuleBytes {
    ModuleBytes::command([EMPTY_BODY.to_vec()], before)
}

/// A command that traps in its first function.
fn trapping() -> ModuleBytes {
    ModuleBytes::command([TRAPPING_BODY.to_vec()], |module| module)
}

/// A body without locals.
fn body(code: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut body = vec![0];
    body.extend(code);
    body.push(END);
    body
}

fn repeated(code: &[u8], times: usize) -> impl Iterator<Item = u8> {
    code.iter().copied().cycle().take(code.len() * times)
}

fn has_fifty_thousand_functions() -> ModuleBytes {
    ModuleBytes::command(std::iter::repeat_n(EMPTY_BODY.to_vec(), 50_001), |module| module)
}

/// Loads whose results are all alive until the end, where they are added: nothing can be
/// left out, and every one wants a register.
fn has_one_enormous_function() -> ModuleBytes {
    let loads = repeated(&[0x41, 0, 0x28, 2, 0], 700_000);
    let sums = repeated(&[0x6a], 700_000 - 1);
    ModuleBytes::command([body(loads.chain(sums).chain([DROP]))], |module| module)
}

fn globals(count: usize) -> ModuleBytes {
    let global = [&[0x7f, 1][..], &I32_CONST_0, &[END]].concat();
    idle(|module| module.section(Section::Global, std::iter::repeat_n(global, count)))
}

fn has_a_million_globals() -> ModuleBytes {
    globals(MILLION)
}

fn has_many_globals() -> ModuleBytes {
    globals(9_999)
}

fn has_a_million_data_segments() -> ModuleBytes {
    idle(|module| module).section(Section::Data, std::iter::repeat_n([1, 1, 7], MILLION))
}

/// Each at a place of its own, with a gap, so that no two become one.
fn has_many_data_segments() -> ModuleBytes {
    let segment = |index: u64| [vec![0, 0x41], signed(index), vec![END, 1, 7]].concat();
    idle(|module| module).section(Section::Data, (0..50_000).map(segment))
}

/// A small number that is not negative, as `i32.const` has it.
fn signed(value: u64) -> Vec<u8> {
    let mut bytes = number(value);
    // Its sign is the sixth bit of the last byte.
    if let Some(last) = bytes.last_mut()
        && *last & 0x40 != 0
    {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}

fn has_a_million_types() -> ModuleBytes {
    let types = std::iter::repeat_n([0x60, 0, 0], MILLION);
    ModuleBytes::default()
        .section(Section::Type, types)
        .section(Section::Function, [number(MILLION as u64 - 1)])
        .section(Section::Export, [[text(b"_start"), vec![0, 0]].concat()])
        .section(Section::Code, [text(EMPTY_BODY)])
}

fn has_a_million_exports() -> ModuleBytes {
    let named = (0..MILLION).map(|index| [text(format!("export {index}").as_bytes()), vec![0, 0]].concat());
    let entry = [text(b"_start"), vec![0, 0]].concat();
    ModuleBytes::default()
        .section(Section::Type, [[0x60, 0, 0]])
        .section(Section::Function, [[0]])
        .section(Section::Export, std::iter::once(entry).chain(named))
        .section(Section::Code, [text(EMPTY_BODY)])
}

fn has_a_million_imports() -> ModuleBytes {
    let import = [text(b"cofferdam_v1"), text(b"stop_requested"), vec![0, 1]].concat();
    ModuleBytes::default()
        .section(Section::Type, crate::module_bytes::TYPES)
        .section(Section::Import, std::iter::repeat_n(import, MILLION))
        .section(Section::Function, [[0]])
        .section(Section::Export, [[text(b"_start"), vec![0], number(MILLION as u64)].concat()])
        .section(Section::Code, [text(EMPTY_BODY)])
}

/// A passive segment: the first function, a million times.
fn has_a_million_elements() -> ModuleBytes {
    let mut segment = vec![1, 0];
    segment.extend(number(MILLION as u64));
    segment.extend(std::iter::repeat_n(0, MILLION));
    let bodies = vec![text(EMPTY_BODY)];
    ModuleBytes::default()
        .section(Section::Type, [[0x60, 0, 0]])
        .section(Section::Function, [[0]])
        .section(Section::Export, [[text(b"_start"), vec![0, 0]].concat()])
        .section(Section::Element, [segment])
        .section(Section::Code, bodies)
}

/// One group of locals of type i64.
fn locals(count: u64) -> Vec<u8> {
    [vec![1], number(count), vec![0x7e, END]].concat()
}

fn has_a_hundred_thousand_locals() -> ModuleBytes {
    ModuleBytes::command([locals(100_000)], |module| module)
}

fn has_many_locals() -> ModuleBytes {
    ModuleBytes::command(std::iter::repeat_n(locals(49_999), 100), |module| module)
}

fn br_table(entries: usize) -> Vec<u8> {
    let mut code = vec![0x02, 0x40];
    code.extend(I32_CONST_0);
    code.push(0x0e);
    code.extend(number(entries as u64));
    code.extend(std::iter::repeat_n(0, entries + 1));
    code.push(END);
    body(code)
}

fn branches_to_a_million_places() -> ModuleBytes {
    ModuleBytes::command([br_table(MILLION)], |module| module)
}

fn branches_to_many_places() -> ModuleBytes {
    ModuleBytes::command(std::iter::repeat_n(br_table(100_000), 100), |module| module)
}

fn nests_its_blocks_deeply() -> ModuleBytes {
    let open = repeated(&[0x03, 0x40], 100_000);
    let close = repeated(&[END], 100_000);
    ModuleBytes::command([body(open.chain(close))], |module| module)
}

fn nests_its_ifs_deeply() -> ModuleBytes {
    let open = repeated(&[0x41, 0, 0x28, 2, 0, 0x04, 0x7f], 30_000);
    let close = repeated(&[0x05, 0x41, 1, END], 30_000);
    ModuleBytes::command([body(open.chain(I32_CONST_0).chain(close).chain([DROP]))], |module| module)
}

fn calls_far_too_often() -> ModuleBytes {
    let calls = body(repeated(&[0x10, 1], 300_000));
    ModuleBytes::command([calls, EMPTY_BODY.to_vec()], |module| module)
}

fn claims_a_section_of_four_gigabytes() -> ModuleBytes {
    let mut lie = vec![Section::Data as u8];
    lie.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
    let whole = idle(|module| module).finish();
    ModuleBytes::of(&[whole, lie].concat())
}

fn claims_four_billion_functions() -> ModuleBytes {
    ModuleBytes::default()
        .section(Section::Type, [[0x60, 0, 0]])
        .raw(Section::Function as u8, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0])
}

/// The part with functions' names says 4 GiB, then that many names, each of 4 GiB.
fn lies_about_its_names() -> ModuleBytes {
    const FOUR_GIB: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let names = [&[1][..], &FOUR_GIB, &FOUR_GIB, &[0], &FOUR_GIB, b"short"].concat();
    trapping().custom("name", &names)
}

/// The name of the first function.
fn named(name: &[u8]) -> ModuleBytes {
    let names = [vec![1, 0], text(name)].concat();
    let part = [vec![1], text(&names)].concat();
    trapping().custom("name", &part)
}

fn has_huge_names() -> ModuleBytes {
    named(&b"far_too_long_".repeat((16 << 20) / 13))
}

fn has_names_that_move_the_cursor() -> ModuleBytes {
    named(b"marked\x1b[2J\x1b]0;owned\x07\xc2\x9b31m\xe2\x80\xaedesrever\r\noverwritten<script>")
}

const ABBREVIATIONS: &[u8] = &[
    // 1: a compilation unit with children: a line table at an offset, low and high address.
    1, 0x11, 1, 0x10, 0x17, 0x11, 0x01, 0x12, 0x06, 0, 0, //
    // 2: a subprogram: its abstract origin, low and high address.
    2, 0x2e, 1, 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0, 0, //
    // 3: a subroutine inlined: its abstract origin, low and high address.
    3, 0x1d, 1, 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0, 0, //
    0,
];

fn debug_info(length: u32) -> Vec<u8> {
    let mut unit: Vec<u8> = Vec::new();
    unit.extend(length.to_le_bytes());
    unit.extend([4, 0, 0, 0, 0, 0, 4]);
    unit.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0]);
    // A subprogram whose origin is itself, and a thousand inlined in each other and in it.
    let own = unit.len() as u32;
    unit.push(2);
    unit.extend(own.to_le_bytes());
    unit.extend([0, 0, 0, 0, 0xff, 0xff, 0, 0]);
    for _ in 0..1000 {
        let own = unit.len() as u32;
        unit.push(3);
        unit.extend(own.to_le_bytes());
        unit.extend([0, 0, 0, 0, 0xff, 0xff, 0, 0]);
    }
    unit
}

fn has_truncated_line_tables() -> ModuleBytes {
    trapping()
        .custom(".debug_abbrev", ABBREVIATIONS)
        .custom(".debug_info", &debug_info(u32::MAX - 16)[..40])
        .custom(".debug_line", &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        .custom(".debug_str", b"no end")
}

fn has_endless_line_tables() -> ModuleBytes {
    let mut info = debug_info(0);
    let length = info.len() as u32 - 4;
    info[..4].copy_from_slice(&length.to_le_bytes());
    // A line program that stands still for sixteen million rows.
    let header: [u8; 15] = [4, 0, 9, 0, 0, 0, 1, 1, 1, 0xff, 1, 1, 0, 0, 0];
    let mut line = header.to_vec();
    line.extend(std::iter::repeat_n(1, 16 << 20));
    let mut table = (line.len() as u32).to_le_bytes().to_vec();
    table.append(&mut line);
    trapping()
        .custom(".debug_abbrev", ABBREVIATIONS)
        .custom(".debug_info", &info)
        .custom(".debug_line", &table)
}

fn has_a_huge_manifest() -> ModuleBytes {
    let lists = [br#"{"kind":"#.to_vec(), b"[".repeat(16 << 20)].concat();
    idle(|module| module).custom("cofferdam.manifest", &lists)
}

fn has_a_hundred_thousand_sections() -> ModuleBytes {
    (0..100_000).fold(idle(|module| module), |module, index| module.custom(&format!("section {index}"), b""))
}
