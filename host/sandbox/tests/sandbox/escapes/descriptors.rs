//! Descriptors that were never given, are closed, or are of another kind; and what there is without
//! any: nothing.

use super::script::{DIRECTORY, Links, READ, Script, WRITE};
use super::world::World;
use crate::support::plain;

const BAD_DESCRIPTOR: i32 = 8;
const INVALID: i32 = 28;
const IS_DIRECTORY: i32 = 31;
const NOT_DIRECTORY: i32 = 54;
const NOT_SUPPORTED: i32 = 58;
const NOT_PERMITTED: i32 = 63;

/// Every function that takes a descriptor, with this one. Memory is as `Script` has it.
fn calls(fd: i32) -> Vec<(&'static str, String)> {
    let path = "(i32.const 1024) (i32.const 1)";
    [
        ("read", "$fd_read FD (i32.const 0) (i32.const 1) (i32.const 8)"),
        ("pread", "$fd_pread FD (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)"),
        ("write", "$fd_write FD (i32.const 0) (i32.const 1) (i32.const 8)"),
        ("pwrite", "$fd_pwrite FD (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)"),
        ("seek", "$fd_seek FD (i64.const 0) (i32.const 0) (i32.const 8)"),
        ("tell", "$fd_tell FD (i32.const 8)"),
        ("sync", "$fd_sync FD"),
        ("datasync", "$fd_datasync FD"),
        ("advise", "$fd_advise FD (i64.const 0) (i64.const 0) (i32.const 0)"),
        ("allocate", "$fd_allocate FD (i64.const 0) (i64.const 9)"),
        ("fdstat", "$fd_fdstat_get FD (i32.const 512)"),
        ("set flags", "$fd_set_flags FD (i32.const 1)"),
        ("stat", "$fd_stat FD (i32.const 512)"),
        ("set size", "$fd_set_size FD (i64.const 0)"),
        ("set times", "$fd_times FD (i64.const 0) (i64.const 0) (i32.const 5)"),
        ("list", "$fd_readdir FD (i32.const 2048) (i32.const 512) (i64.const 0) (i32.const 8)"),
        ("prestat", "$fd_prestat FD (i32.const 512)"),
        ("prestat name", "$fd_prestat_name FD (i32.const 512) (i32.const 64)"),
        ("open", "$open FD (i32.const 1) PATH (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)"),
        ("create", "$open FD (i32.const 1) PATH (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)"),
        ("path stat", "$stat FD (i32.const 1) PATH (i32.const 512)"),
        ("path times", "$times FD (i32.const 1) PATH (i64.const 0) (i64.const 0) (i32.const 5)"),
        ("readlink", "$readlink FD PATH (i32.const 512) (i32.const 64) (i32.const 8)"),
        ("link from", "$link FD (i32.const 0) PATH (i32.const 3) PATH"),
        ("link to", "$link (i32.const 3) (i32.const 0) PATH FD PATH"),
        ("symlink", "$symlink PATH FD PATH"),
        ("rename from", "$rename FD PATH (i32.const 3) PATH"),
        ("rename to", "$rename (i32.const 3) PATH FD PATH"),
        ("unlink", "$unlink FD PATH"),
        ("mkdir", "$mkdir FD PATH"),
        ("rmdir", "$rmdir FD PATH"),
        ("close", "$fd_close FD"),
    ]
    .into_iter()
    .map(|(what, call)| {
        let fd = format!("(i32.const {fd})");
        (what, format!("call {}", call.replace("FD", &fd).replace("PATH", path)))
    })
    .collect()
}

/// As if they were there: one byte to read or write, and `f` for a path.
const PREPARED: &str = "block (result i32) (i32.store (i32.const 1024) (i32.const 0x66)) (call $buffer (i32.const 1)) (i32.const 0)";

#[test]
fn without_a_grant_no_number_is_a_descriptor() {
    let mut script = Script::new();
    script.call("prepared", PREPARED);
    for fd in [3, 4, 5, 63, 64, 65, 1_000_000, i32::MAX, i32::MIN, -1, -3] {
        for (what, call) in calls(fd) {
            script.call(format!("{what} {fd}"), &call).gives(BAD_DESCRIPTOR);
        }
        for (from, to) in [(fd, 3), (3, fd), (fd, fd)] {
            let call = format!("call $fd_renumber (i32.const {from}) (i32.const {to})");
            script.call(format!("renumber {from} {to}"), &call).gives(BAD_DESCRIPTOR);
        }
    }
    for (from, to) in [(0, 3), (3, 0), (1, 2), (0, -1)] {
        let call = format!("call $fd_renumber (i32.const {from}) (i32.const {to})");
        script.call(format!("renumber {from} {to}"), &call).gives(NOT_SUPPORTED);
    }
    script.check(plain());
}

#[test]
fn the_standard_streams_are_neither_directories_nor_files() {
    let mut script = Script::new();
    script.call("prepared", PREPARED);
    let of_files = ["set size", "set times", "advise", "allocate", "list", "prestat", "prestat name"];
    let of_paths =
        ["open", "create", "path stat", "path times", "readlink", "symlink", "unlink", "mkdir", "rmdir"];
    for fd in [0, 1, 2] {
        for (what, call) in calls(fd) {
            if of_files.contains(&what) || of_paths.contains(&what) || what.ends_with("from") {
                script.call(format!("{what} {fd}"), &call).gives(BAD_DESCRIPTOR);
            }
        }
    }
    script.check(plain());
}

#[test]
fn a_grant_that_was_closed_is_gone_with_everything_in_it() {
    let world = World::new();
    let before = world.everything();
    let mut script = Script::new();
    script.call("prepared", PREPARED).hold("a", DIRECTORY, READ).hold("file", 0, READ | WRITE);
    for fd in [3, 4, 5] {
        script.call("close", &format!("call $fd_close (i32.const {fd})"));
        for (what, call) in calls(fd) {
            // One of the others may still be open.
            if !what.starts_with("link to") && !what.starts_with("rename to") {
                script.call(format!("{what} {fd}"), &call).gives(BAD_DESCRIPTOR);
            }
        }
    }
    script.check(world.request(true));
    assert_eq!(before, world.everything());
}

#[test]
fn a_number_that_is_given_again_is_not_the_grant_that_it_was() {
    let world = World::new();
    std::fs::create_dir(world.path("other")).expect("made");
    std::fs::write(world.path("other/file"), "other").expect("written");
    let mut script = Script::new();
    let prestat = "call $fd_prestat (i32.const 3) (i32.const 512)";
    script.call("close", "call $fd_close (i32.const 3)");
    script.open_at(4, "file", Links::Follow, 0, READ, "tell");
    script.call("prestat of the file that took its place", prestat).gives(BAD_DESCRIPTOR);
    script.open_at(3, "file", Links::Follow, 0, READ, "peek").gives(NOT_DIRECTORY);
    // Over the file, the second grant: it is what it was, and may still be only read.
    script.call("renumber", "call $fd_renumber (i32.const 4) (i32.const 3)").call("prestat", prestat);
    script.open_at(3, "file", Links::Follow, 0, READ, "peek");
    script.open_at(3, "file", Links::Follow, 0, WRITE, "peek").gives(NOT_PERMITTED);
    script.open_at(3, "../granted/file", Links::Follow, 0, READ, "peek").gives(NOT_PERMITTED);
    script.open_at(4, "file", Links::Follow, 0, READ, "peek").gives(BAD_DESCRIPTOR);
    let said = script.check(world.request_for(&[("granted", true), ("other", false)]));
    assert_eq!(said[6], "other");
}

#[test]
fn a_file_is_no_directory_and_a_directory_no_file() {
    let world = World::new();
    let before = world.outside();
    let mut script = Script::new();
    script.call("prepared", PREPARED).hold("a", DIRECTORY, READ).hold("file", 0, READ | WRITE);
    let on_a_directory = ["read", "pread", "write", "pwrite", "seek", "tell"];
    let on_a_file =
        ["list", "open", "create", "path stat", "path times", "readlink", "symlink", "unlink", "mkdir"];
    for (what, call) in calls(4).into_iter().filter(|(what, _)| on_a_directory.contains(what)) {
        script.call(format!("{what} a"), &call).gives(IS_DIRECTORY);
    }
    for (what, call) in
        calls(4).into_iter().filter(|(what, _)| ["set size", "advise", "set flags"].contains(what))
    {
        script.call(format!("{what} a"), &call).gives(BAD_DESCRIPTOR);
    }
    for (what, call) in calls(5).into_iter().filter(|(what, _)| on_a_file.contains(what)) {
        script.call(format!("{what} file"), &call).gives(NOT_DIRECTORY);
    }
    for fd in [4, 5] {
        let call = format!("call $fd_prestat (i32.const {fd}) (i32.const 512)");
        script.call("only a grant has a name", &call).gives(BAD_DESCRIPTOR);
    }
    script.check(world.request(true));
    assert_eq!(before, world.outside());
}

#[test]
fn places_beyond_the_end_of_all_files_are_refused() {
    let world = World::new();
    let before = world.everything();
    let mut script = Script::new();
    script.call("prepared", PREPARED).hold("file", 0, READ | WRITE);
    for offset in [i64::MIN, -1] {
        let pread = format!(
            "call $fd_pread (i32.const 4) (i32.const 0) (i32.const 1) (i64.const {offset}) (i32.const 8)"
        );
        let pwrite = pread.replace("pread", "pwrite");
        let seek = format!("call $fd_seek (i32.const 4) (i64.const {offset}) (i32.const 0) (i32.const 8)");
        let list = format!(
            "call $fd_readdir (i32.const 3) (i32.const 2048) (i32.const 512) (i64.const {offset}) (i32.const 8)"
        );
        script.call("pread", &pread).gives(INVALID).call("seek", &seek).gives(INVALID);
        script.call("pwrite", &pwrite).gives(INVALID).call("list", &list).gives(INVALID);
    }
    for (offset, errno) in [(i64::MAX, 0), (1, INVALID), (i64::MAX, INVALID)] {
        let seek = format!("call $fd_seek (i32.const 4) (i64.const {offset}) (i32.const 1) (i32.const 8)");
        script.call("seek from here", &seek).gives(errno);
    }
    let read = "call $fd_read (i32.const 4) (i32.const 0) (i32.const 1) (i32.const 8)";
    script.call("read", read).gives(INVALID);
    script.check(world.request(true));
    assert_eq!(before, world.everything());
}

#[test]
fn a_descriptor_that_another_takes_the_place_of_is_paid_back() {
    let world = World::new();
    let mut script = Script::new();
    let path = script.text("file");
    let open = format!(
        "call $open (i32.const 3) (i32.const 0) {path} (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)"
    );
    script.call("open", &open);
    let rounds = format!(
        "block (result i32) (i32.store (i32.const 600) (i32.const 300))
        (loop $again
            (if ({open}) (then unreachable))
            (if (call $fd_renumber (i32.const 5) (i32.const 4)) (then unreachable))
            (i32.store (i32.const 600) (i32.sub (i32.load (i32.const 600)) (i32.const 1)))
            (br_if $again (i32.load (i32.const 600))))
        (i32.const 0)"
    );
    script.call("open and renumber", &rounds);
    let mut request = world.request(false);
    request.limits.host_allowance_bytes = cofferdam_sandbox::STACK_BYTES + 100_000;
    script.check(request);
}

#[test]
fn there_is_no_environment_and_no_socket() {
    assert!(std::env::vars_os().count() > 0, "the host has an environment to hide");
    let world = World::new();
    let mut script = Script::new();
    script.call("sizes", "call $environ_sizes (i32.const 512) (i32.const 516)");
    script.call("count", "i32.load (i32.const 512)").call("bytes", "i32.load (i32.const 516)");
    script.call("environment", "call $environ (i32.const 520) (i32.const 600)");
    script.call("first", "i32.load (i32.const 520)").call("its text", "i32.load (i32.const 600)");
    for fd in [-1, 0, 1, 2, 3, 4, 100] {
        for call in [
            "$sock_accept FD (i32.const 0) (i32.const 16)",
            "$sock_recv FD (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 12)",
            "$sock_send FD (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8)",
            "$sock_shutdown FD (i32.const 3)",
        ] {
            let call = format!("call {}", call.replace("FD", &format!("(i32.const {fd})")));
            script.call(call.clone(), &call).gives(BAD_DESCRIPTOR);
        }
    }
    script.check(world.request(true));
}
