//! Hard links and renames within a write grant, and what they never reach.

use std::fs;

use super::script::{CREATE, EXCLUSIVE, Links, READ, Script, WRITE};
use super::world::World;
use crate::support::run;
use cofferdam_sandbox::Outcome;

const BUSY: i32 = 10;
const EXISTS: i32 = 20;
const INVALID: i32 = 28;
const IS_DIRECTORY: i32 = 31;
const NO_ENTRY: i32 = 44;
const NOT_DIRECTORY: i32 = 54;
const NOT_EMPTY: i32 = 55;
const NOT_PERMITTED: i32 = 63;

#[test]
fn hard_links_are_made_of_files_inside_to_names_that_are_free() {
    let world = World::new();
    world.links_to_files_outside();
    world.links_to_directories_outside();
    let kept = world.outside();
    let mut script = Script::new();
    script.link("file", Links::Stay, "a/taken").open("a/taken", Links::Stay, 0, READ);
    script.link("file", Links::Stay, "a/file").gives(EXISTS).link("file", Links::Stay, "file").gives(EXISTS);
    script.link("a/file", Links::Stay, "a").gives(EXISTS).link("nothing", Links::Stay, "x").gives(NO_ENTRY);
    script
        .link("file", Links::Stay, "no/x")
        .gives(NO_ENTRY)
        .link("file", Links::Stay, "file/x")
        .gives(NOT_DIRECTORY);
    for directory in ["a", "a/b", ".", "a/b/..", "a/"] {
        script.link(directory, Links::Stay, "x").gives(NOT_PERMITTED);
    }
    for outside in ["../x", "/x", "out/x", "a/../../x", "../outside/file", "out/deep/x"] {
        script.link("file", Links::Stay, outside).gives(NOT_PERMITTED);
        script.link(outside, Links::Stay, "x").gives(NOT_PERMITTED);
    }
    for link in ["relative", "absolute", "chain", "out", "root"] {
        script.link(link, Links::Follow, "x").gives(INVALID).stat("x", Links::Stay).gives(NO_ENTRY);
        // A name for the link, which leads out like the link.
        script.link(link, Links::Stay, "x").open("x", Links::Follow, 0, READ).gives(NOT_PERMITTED);
        script.open("x", Links::Follow, CREATE, WRITE).gives(NOT_PERMITTED).unlink("x");
    }
    let said = script.check(world.request(true));
    assert_eq!(said[1], "inside");
    assert_eq!(kept, world.outside());
}

#[test]
fn renames_answer_as_on_any_system() {
    let world = World::new();
    world.link("to-dir", "a");
    let kept = world.outside();
    let mut script = Script::new();
    script.rename("a", "file").gives(NOT_DIRECTORY).rename("file", "a").gives(IS_DIRECTORY);
    script.rename("a", "a/b/c").gives(INVALID).rename("a", "a/x").gives(INVALID).rename("a", "a");
    script
        .rename("a/b", "a")
        .gives(NOT_EMPTY)
        .mkdir("full")
        .mkdir("full/x")
        .rename("a", "full")
        .gives(NOT_EMPTY);
    script.rename(".", "x").gives(BUSY).rename("a/b/..", "x").gives(BUSY).rename("file", ".").gives(BUSY);
    script.rename("nothing", "x").gives(NO_ENTRY).rename("file", "no/x").gives(NO_ENTRY);
    script.rename("file", "a/file/x").gives(NOT_DIRECTORY).rename("file", "").gives(NO_ENTRY);
    script.rename("", "x").gives(NO_ENTRY).rename("file", "file");
    script.mkdir("empty").rename("full", "empty").stat("empty/x", Links::Stay);
    script.rename("to-dir/file", "to-dir/b/file").open("a/b/file", Links::Stay, 0, READ);
    script.rename("to-dir", "link").open("link/b/file", Links::Follow, 0, READ);
    script.rename("file", "a/b/file").stat("file", Links::Stay).gives(NO_ENTRY);
    script.check(world.request(true));
    assert_eq!(fs::read_to_string(world.path("granted/a/b/file")).expect("moved"), "inside");
    assert_eq!(kept, world.outside());
}

#[test]
fn nothing_is_moved_out_of_a_grant_or_into_it() {
    let world = World::new();
    world.links_to_directories_outside();
    let before = world.everything();
    let mut script = Script::new();
    for outside in [
        "../x",
        "../outside/file",
        "../outside",
        "/tmp",
        "out/file",
        "out/x",
        "root/tmp/x",
        "a/out/deep/x",
        "..",
    ] {
        script.rename("file", outside).gives(NOT_PERMITTED).rename("a", outside).gives(NOT_PERMITTED);
        script.rename(outside, "x").gives(NOT_PERMITTED).rename(outside, "file").gives(NOT_PERMITTED);
    }
    // A link named with a slash is not what it leads to.
    script.rename("out/", "x").gives(NOT_DIRECTORY).rename("a", "out/").gives(NOT_DIRECTORY);
    script.check(world.request(true));
    assert_eq!(before, world.everything());
}

#[test]
fn a_directory_that_is_open_cannot_be_left_upwards_wherever_it_is_moved() {
    let world = World::new();
    let kept = world.outside();
    let mut script = Script::new();
    script.hold("a/b", 2, READ).rename("a/b", "b").rename("a", "b/a");
    for up in ["..", "../file", "../../secret", "a/../../file", "./.."] {
        script.open_at(4, up, Links::Follow, 0, READ, "peek").gives(NOT_PERMITTED);
        script.open_at(4, up, Links::Follow, CREATE | EXCLUSIVE, WRITE, "peek").gives(NOT_PERMITTED);
    }
    // The directory itself may be anywhere, gone too.
    script.open_at(4, "a/../file", Links::Follow, 0, READ, "peek");
    script.unlink("b/file").unlink("b/a/file").rmdir("b/a").rmdir("b");
    script.open_at(4, "new", Links::Follow, CREATE, WRITE, "peek").gives(NO_ENTRY);
    script.open_at(4, "..", Links::Follow, 0, READ, "peek").gives(NOT_PERMITTED);
    script.check(world.request(true));
    assert_eq!(kept, world.outside());
}

#[test]
fn a_guest_does_not_replace_one_grant_by_a_link_in_another() {
    let world = World::new();
    fs::create_dir(world.path("outside/b")).expect("made");
    let grants = [("granted", true), ("granted/a/b", false)];
    let mut script = Script::new();
    script.open_at(4, "file", Links::Follow, 0, READ, "peek");
    assert_eq!(script.check(world.request_for(&grants)), ["inside"]);
    for (from, target, name) in [("a/b", "../../outside", "a/b"), ("a", "../outside", "a")] {
        let mut replace = Script::new();
        replace.rename(from, "away").symlink(target, name);
        replace.check(world.request(true));
        // Whichever of the two is opened first.
        for grants in [grants, [grants[1], grants[0]]] {
            let report = run(&script.module(), world.request_for(&grants));
            assert_eq!(report.outcome, Outcome::HostError, "{report:#?}");
            assert!(report.message.contains("`granted/a/b`"), "{}", report.message);
        }
        Script::new().unlink(name).rename("away", from).check(world.request(true));
    }
    assert_eq!(script.check(world.request_for(&grants)), ["inside"]);
}
