//! Names that are hard to say: empty, long, deep, not text, and with bytes that a terminal obeys.

use std::fs;

use super::script::{CREATE, EXCLUSIVE, Links, READ, Script, WRITE};
use super::world::World;

const BUSY: i32 = 10;
const EXISTS: i32 = 20;
const ILLEGAL_SEQUENCE: i32 = 25;
const INVALID: i32 = 28;
const NAME_TOO_LONG: i32 = 37;
const NO_ENTRY: i32 = 44;
const NOT_PERMITTED: i32 = 63;

/// Every function with a name that cannot be: the same answer of all of them on a write grant, and
/// on a read grant that one or a refusal. Nothing is made.
fn never_a_name(name: &[u8], errno: i32, before_it: &[i32]) {
    let world = World::new();
    let before = world.everything();
    let mut script = Script::new();
    script.everything(name);
    for write in [false, true] {
        for (tried, (told, _)) in script.run(world.request(write)) {
            let is_other = before_it.contains(&told) || (!write && told == NOT_PERMITTED);
            // Following what is linked is refused before anything is looked at.
            let is_link = told == INVALID && tried.starts_with("link ");
            assert!(told == errno || is_other || is_link, "{tried} answers {told}");
        }
        assert_eq!(before, world.everything());
    }
}

#[test]
fn the_empty_path_is_nothing() {
    never_a_name(b"", NO_ENTRY, &[]);
}

#[test]
fn a_name_with_a_nul_is_not_cut_there() {
    for name in [&b"file\0"[..], b"file\0.txt", b"\0", b"\0file", b"a/\0/file", b"a/file\0/../b"] {
        never_a_name(name, INVALID, &[]);
    }
}

#[test]
fn what_is_not_text_is_no_name() {
    for name in
        [&b"\xff"[..], b"file\xc3", b"\xc0\xae\xc0\xae/secret", b"a/\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"]
    {
        never_a_name(name, ILLEGAL_SEQUENCE, &[]);
    }
}

#[test]
fn long_names_and_long_paths_are_too_long() {
    never_a_name(&[b'n'; 256], NAME_TOO_LONG, &[]);
    never_a_name(&[&b"a/"[..], &[b'n'; 256]].concat(), NAME_TOO_LONG, &[]);
    // Without the slash at its end, the path is short enough to be that of the grant.
    never_a_name(&b"./".repeat(2_048), NAME_TOO_LONG, &[BUSY, EXISTS, INVALID]);
    never_a_name(&[b'n'; 4_097], NAME_TOO_LONG, &[]);
    never_a_name(&b"../".repeat(33_334), NAME_TOO_LONG, &[]);
}

#[test]
fn the_longest_names_can_be_used() {
    let world = World::new();
    let name = "n".repeat(255);
    let two_bytes = "ä".repeat(127);
    let mut script = Script::new();
    for name in [&name, &two_bytes] {
        script.open(name, Links::Stay, CREATE | EXCLUSIVE, WRITE).stat(name, Links::Stay);
        script.rename(name, "x").link("x", Links::Stay, name).unlink("x").readlink(name).gives(INVALID);
    }
    script.check(world.request(true));
    assert!(world.granted().join(name).is_file() && world.granted().join(two_bytes).is_file());
}

#[test]
fn deep_paths_lead_where_they_lead() {
    let world = World::new();
    let deep = "d/".repeat(200);
    fs::create_dir_all(world.granted().join(&deep)).expect("made");
    let kept = world.outside();
    let mut script = Script::new();
    let (dots, down_and_up) = ("./".repeat(2_000), "a/../".repeat(800));
    for path in [
        [&dots, "file"].concat(),
        [&down_and_up, "file"].concat(),
        [&deep, &"../".repeat(200), "file"].concat(),
    ] {
        script.open(&path, Links::Follow, 0, READ).stat(&path, Links::Stay);
    }
    for path in [
        [&dots, "../secret"].concat(),
        [&down_and_up, "../secret"].concat(),
        [&deep, &"../".repeat(201), "secret"].concat(),
        "../".repeat(1_365),
    ] {
        script.open(&path, Links::Follow, 0, READ).gives(NOT_PERMITTED);
        script.open(&path, Links::Follow, CREATE, WRITE).gives(NOT_PERMITTED);
        script.stat(&path, Links::Stay).gives(NOT_PERMITTED).unlink(&path).gives(NOT_PERMITTED);
    }
    let said = script.check(world.request(true));
    assert_eq!((said[0].as_str(), said[2].as_str(), said[4].as_str()), ("inside", "inside", "inside"));
    assert_eq!(kept, world.outside());
}

#[test]
fn names_that_a_terminal_would_obey_are_names_like_others() {
    let world = World::new();
    let mut script = Script::new();
    let names = [
        "line\nbreak",
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "\r\t\u{8}",
        " ",
        "-rf",
        "*",
        "~",
        "C:\\x",
        "...",
        "%2e%2e",
    ];
    for name in names {
        script.open(name, Links::Stay, CREATE | EXCLUSIVE, WRITE).stat(name, Links::Stay);
        script.open(["..", name].concat(), Links::Stay, 0, READ).gives(NO_ENTRY);
    }
    script.check(world.request(true));
    for name in names {
        assert!(world.granted().join(name).is_file(), "{name:?}");
    }
}
