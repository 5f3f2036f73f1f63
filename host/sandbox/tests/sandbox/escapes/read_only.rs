//! Read grants: whatever is opened, and whatever is done with it, nothing is changed.

use super::script::{CREATE, DIRECTORY, EXCLUSIVE, Links, READ, Script, TRUNCATE, WRITE};
use super::world::World;

const BAD_DESCRIPTOR: i32 = 8;
const INVALID: i32 = 28;
const IS_DIRECTORY: i32 = 31;
const NOT_DIRECTORY: i32 = 54;
const NOT_SUPPORTED: i32 = 58;
const NOT_PERMITTED: i32 = 63;
const CROSS_DEVICE: i32 = 75;

/// `fd_write` and its kin, with four bytes.
const FOUR_BYTES: &str = "(call $buffer (i32.const 4))";

#[test]
fn no_way_of_opening_changes_a_read_grant() {
    let world = World::new();
    world.link("to-file", "file");
    world.link("to-dir", "a");
    world.link("nowhere", "nothing");
    let before = world.everything();
    for name in ["file", "new", "a", "a/", "a/new", "to-file", "to-dir/file", "nowhere", "."] {
        let mut script = Script::new();
        let mut asks_to_change = Vec::new();
        for flags in 0..16 {
            for rights in [0, READ, WRITE, READ | WRITE, -1] {
                for links in [Links::Follow, Links::Stay] {
                    script.open(name, links, flags, rights);
                    asks_to_change.push(flags & (CREATE | TRUNCATE) != 0 || rights & WRITE != 0);
                }
            }
        }
        for ((tried, (errno, _)), changes) in script.run(world.request(false)).into_iter().zip(asks_to_change)
        {
            let is_refused = [INVALID, NOT_PERMITTED].contains(&errno);
            assert!(is_refused || !changes, "{tried} answers {errno}");
        }
        assert_eq!(before, world.everything(), "{name}");
    }
}

#[test]
fn no_function_that_takes_a_path_changes_a_read_grant() {
    let world = World::new();
    world.link("to-file", "file");
    let before = world.everything();
    let mut script = Script::new();
    for name in ["file", "new", "a/new", "to-file", "a/b"] {
        for links in [Links::Follow, Links::Stay] {
            script.touch(name, links).gives(NOT_PERMITTED).link("file", links, name).gives(NOT_PERMITTED);
        }
        script.unlink(name).gives(NOT_PERMITTED).rmdir(name).gives(NOT_PERMITTED);
        script.mkdir(name).gives(NOT_PERMITTED).symlink("file", name).gives(NOT_PERMITTED);
        script.rename(name, "moved").gives(NOT_PERMITTED).rename("file", name).gives(NOT_PERMITTED);
    }
    script.check(world.request(false));
    assert_eq!(before, world.everything());
}

/// Everything that writes to a descriptor without a path, and what a read grant answers.
fn all_writes(script: &mut Script, fd: i32) {
    let write = format!("call $fd_write (i32.const {fd}) (i32.const 0) (i32.const 1) (i32.const 8)");
    script.call("write", &format!("block (result i32) {FOUR_BYTES} ({write})")).gives(BAD_DESCRIPTOR);
    let pwrite =
        format!("call $fd_pwrite (i32.const {fd}) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)");
    script.call("pwrite", &format!("block (result i32) {FOUR_BYTES} ({pwrite})")).gives(BAD_DESCRIPTOR);
    for size in [0, 6, 100, -1] {
        let call = format!("call $fd_set_size (i32.const {fd}) (i64.const {size})");
        script.call(format!("set size {size}"), &call).gives(NOT_PERMITTED);
    }
    for flags in [5, 10] {
        let call = format!("call $fd_times (i32.const {fd}) (i64.const 7) (i64.const 7) (i32.const {flags})");
        script.call(format!("set times {flags}"), &call).gives(NOT_PERMITTED);
    }
    let allocate = format!("call $fd_allocate (i32.const {fd}) (i64.const 0) (i64.const 4096)");
    script.call("allocate", &allocate).gives(NOT_SUPPORTED);
}

#[test]
fn a_descriptor_from_a_read_grant_never_writes_whatever_it_is_made_to_be() {
    let world = World::new();
    let before = world.everything();
    let mut script = Script::new();
    script.hold("file", 0, READ).hold("a", DIRECTORY, READ).hold("a/file", 0, READ);
    all_writes(&mut script, 4);
    for rights in [0, -1, WRITE] {
        let call = format!("call $fd_set_rights (i32.const 4) (i64.const {rights}) (i64.const -1)");
        script.call("set rights", &call).gives(NOT_SUPPORTED);
    }
    script.call("append", "call $fd_set_flags (i32.const 4) (i32.const 1)");
    all_writes(&mut script, 4);
    script.call("synchronous", "call $fd_set_flags (i32.const 4) (i32.const 16)").gives(NOT_SUPPORTED);
    script.call("renumber", "call $fd_renumber (i32.const 4) (i32.const 6)");
    all_writes(&mut script, 6);
    script.call("gone", "call $fd_sync (i32.const 4)").gives(BAD_DESCRIPTOR);
    script.call("sync", "call $fd_sync (i32.const 6)").call("datasync", "call $fd_datasync (i32.const 6)");
    for dir in [3, 5] {
        let call = format!("call $fd_times (i32.const {dir}) (i64.const 7) (i64.const 7) (i32.const 5)");
        script.call("times of a directory", &call).gives(NOT_PERMITTED);
    }
    // What is opened through an opened directory is no freer.
    script.open_at(5, "file", Links::Follow, 0, WRITE, "tell").gives(NOT_PERMITTED);
    script.open_at(5, "new", Links::Follow, CREATE | EXCLUSIVE, READ, "tell").gives(NOT_PERMITTED);
    script.open_at(5, "../file", Links::Follow, 0, READ, "tell").gives(NOT_PERMITTED);
    // Over the grant itself: a file is no directory, and paths end there.
    script.call("renumber", "call $fd_renumber (i32.const 6) (i32.const 3)");
    all_writes(&mut script, 3);
    script.open("file", Links::Follow, 0, READ).gives(NOT_DIRECTORY).mkdir("new").gives(NOT_DIRECTORY);
    script.check(world.request(false));
    assert_eq!(before, world.everything());
}

#[test]
fn a_file_opened_for_reading_in_a_write_grant_is_only_read() {
    let world = World::new();
    let before = world.everything();
    let mut script = Script::new();
    script.hold("file", 0, READ);
    let write = "(call $fd_write (i32.const 4) (i32.const 0) (i32.const 1) (i32.const 8))";
    script.call("write", &format!("block (result i32) {FOUR_BYTES} {write}")).gives(BAD_DESCRIPTOR);
    script.call("cut", "call $fd_set_size (i32.const 4) (i64.const 0)").gives(INVALID);
    script.check(world.request(true));
    assert_eq!(before, world.everything());
}

#[test]
fn what_may_only_be_read_is_not_taken_over_into_a_grant_that_may_be_written() {
    let world = World::new();
    std::fs::create_dir(world.path("other")).expect("made");
    let before = world.everything();
    let mut script = Script::new();
    for (from, to) in [(3, 4), (4, 3)] {
        let (file, taken) = (script.text("file"), script.text("taken"));
        let call = format!("call $link (i32.const {from}) (i32.const 0) {file} (i32.const {to}) {taken}");
        script.call("link", &call).gives(CROSS_DEVICE);
        let call = format!("call $rename (i32.const {from}) {file} (i32.const {to}) {taken}");
        script.call("rename", &call).gives(CROSS_DEVICE);
    }
    for (dir, path) in [(3, "../other"), (4, "../granted/file"), (4, "../other/x"), (4, "../granted")] {
        for (flags, rights) in [(0, READ), (DIRECTORY, READ)] {
            script.open_at(dir, path, Links::Follow, flags, rights, "peek").gives(NOT_PERMITTED);
        }
    }
    let (target, name) = (script.text("../granted"), script.text("near"));
    script.call("symlink", &format!("call $symlink {target} (i32.const 4) {name}"));
    script.open_at(4, "near/file", Links::Follow, 0, READ, "peek").gives(NOT_PERMITTED);
    script.open_at(4, "near/file", Links::Follow, TRUNCATE, WRITE, "peek").gives(NOT_PERMITTED);
    script.call("unlink", &format!("call $unlink (i32.const 4) {name}"));
    script.check(world.request_for(&[("granted", false), ("other", true)]));
    let mut after = world.everything();
    // The directory in which a link was made and removed again.
    after.insert(world.path("other"), before[&world.path("other")].clone());
    assert_eq!(before, after);
}

#[test]
fn a_directory_is_not_written_to_as_a_file() {
    let world = World::new();
    let before = world.everything();
    let mut script = Script::new();
    for (flags, rights) in [(0, WRITE), (0, READ | WRITE), (TRUNCATE, WRITE), (CREATE, WRITE)] {
        script.open("a", Links::Follow, flags, rights).gives(IS_DIRECTORY);
        script.open(".", Links::Follow, flags, rights).gives(IS_DIRECTORY);
    }
    for flags in [CREATE, EXCLUSIVE, TRUNCATE] {
        script.open("a", Links::Follow, DIRECTORY | flags, READ).gives(INVALID);
        script.open("new", Links::Follow, DIRECTORY | flags, READ).gives(INVALID);
    }
    script.open("file", Links::Follow, DIRECTORY, READ).gives(NOT_DIRECTORY);
    script.check(world.request(true));
    assert_eq!(before, world.everything());
}
