//! Paths that lead out of a grant, by themselves or over links that were there before.

use super::script::{CREATE, DIRECTORY, EXCLUSIVE, Links, READ, Script, TRUNCATE, WRITE};
use super::world::{SECRET, World};

const EXISTS: i32 = 20;
const INVALID: i32 = 28;
const IS_DIRECTORY: i32 = 31;
const LOOP: i32 = 32;
const NO_ENTRY: i32 = 44;
const NOT_DIRECTORY: i32 = 54;
const NOT_PERMITTED: i32 = 63;

/// Every function with every path: refused on both kinds of grant, and nothing is touched at all.
/// A hard link to what a link leads to is never made, and that is said first.
fn all_refused(world: &World, paths: &[&str]) {
    let before = world.everything();
    let mut script = Script::new();
    for path in paths {
        script.everything(path);
    }
    for write in [false, true] {
        for (tried, (errno, said)) in script.run(world.request(write)) {
            let is_followed_link = write && tried.starts_with("link ") && tried.contains(" Follow ");
            let expected = if is_followed_link { INVALID } else { NOT_PERMITTED };
            assert_eq!((errno, said.as_str()), (expected, ""), "{tried} ({write})");
        }
        assert_eq!(before, world.everything());
    }
}

#[test]
fn dots_and_slashes_lead_nowhere_from_any_place_in_a_path() {
    all_refused(
        &World::new(),
        &[
            "..",
            "../",
            "../.",
            "../secret",
            "../outside",
            "./../secret",
            ".//..//secret",
            "a/../../secret",
            "a/../..",
            "a/../../",
            "a/b/../../../secret",
            "a/b/../../../granted/file",
            "../granted/file",
            "../../../../../../../../../../etc/passwd",
            "/",
            "//",
            "/etc/passwd",
            "//etc/passwd",
            "/.",
            "/..",
            "/granted/file",
            "/file",
        ],
    );
}

#[test]
fn a_link_in_the_middle_of_a_path_never_leads_out() {
    let world = World::new();
    world.links_to_directories_outside();
    all_refused(
        &world,
        &[
            "out/secret",
            "out/deep/secret",
            "out/deep/../secret",
            "out/../secret",
            "out/../granted/file",
            "out/new",
            "out-absolute/secret",
            "root/etc/passwd",
            "a/out/secret",
            "a/b/out/secret",
            "a/b/out/../granted/file",
            "proc/environ",
            "proc/root/etc/passwd",
            "proc/cwd/Cargo.toml",
            "fd/0",
        ],
    );
}

#[test]
fn a_link_at_the_end_of_a_path_is_never_followed_out() {
    for write in [false, true] {
        let world = World::new();
        let links = world.links_to_files_outside();
        let kept = world.everything();
        let mut script = Script::new();
        for name in links {
            // The first link of a chain leads to one that can be read: what ends outside is
            // refused, whatever the links before it are.
            for (flags, rights) in
                [(0, READ), (0, WRITE), (CREATE, WRITE), (TRUNCATE, WRITE), (CREATE | TRUNCATE, READ)]
            {
                let changes = flags != 0 || rights == WRITE;
                script.open(name, Links::Follow, flags, rights).gives(NOT_PERMITTED);
                let stays = if write || !changes { LOOP } else { NOT_PERMITTED };
                script.open(name, Links::Stay, flags, rights).gives(stays);
            }
            let exists = if write { EXISTS } else { NOT_PERMITTED };
            script.open(name, Links::Follow, CREATE | EXCLUSIVE, WRITE).gives(exists);
            script.open(name, Links::Follow, DIRECTORY, READ).gives(NOT_PERMITTED);
            script.stat(name, Links::Follow).gives(NOT_PERMITTED);
            script.stat(name, Links::Stay);
            script.touch(name, Links::Follow).gives(NOT_PERMITTED);
            script.mkdir(name).gives(exists).symlink("file", name).gives(exists);
            script.link("file", Links::Stay, name).gives(exists);
            script.rmdir(name).gives(if write { NOT_DIRECTORY } else { NOT_PERMITTED });
            let refused = if write { INVALID } else { NOT_PERMITTED };
            script.link(name, Links::Follow, "taken").gives(refused);
        }
        script.check(world.request(write));
        assert_eq!(kept, world.everything());
    }
}

#[test]
fn a_link_that_leads_out_can_be_moved_and_removed_and_what_it_leads_to_stays() {
    let world = World::new();
    let links = world.links_to_files_outside();
    world.links_to_directories_outside();
    let kept = world.outside();
    let mut script = Script::new();
    for name in links.into_iter().chain(["out", "root", "proc"]) {
        script.touch(name, Links::Stay);
        // A hard link to the link itself.
        script.link(name, Links::Stay, "taken").unlink("taken");
        script.rename(name, "moved").open("moved", Links::Stay, 0, READ).gives(LOOP);
        script.rename("moved", name).unlink(name).stat(name, Links::Stay).gives(NO_ENTRY);
    }
    // Written over, the link is gone and not what it led to.
    script.symlink("../secret", "over").rename("file", "over").open("over", Links::Stay, 0, READ);
    let said = script.check(world.request(true));
    assert_eq!(said.last().map(String::as_str), Some("inside"));
    assert_eq!(kept, world.outside());
}

#[test]
fn links_that_a_guest_makes_lead_it_nowhere() {
    let world = World::new();
    let kept = world.outside();
    let mut script = Script::new();
    script.symlink("/etc/passwd", "absolute").gives(NOT_PERMITTED);
    script.symlink("//etc", "absolute").gives(NOT_PERMITTED);
    script.symlink("/", "absolute").gives(NOT_PERMITTED).symlink("", "empty").gives(NO_ENTRY);
    script.symlink("../secret", "up").symlink("../outside", "a/up").symlink("../../../outside", "a/b/up");
    script.symlink("..", "dots").symlink("dots/dots/dots", "more-dots").symlink("a/../up", "over");
    for name in ["up", "dots", "more-dots", "over", "dots/secret", "more-dots/secret", "a/b/up/secret"] {
        script.open(name, Links::Follow, 0, READ).gives(NOT_PERMITTED);
        script.open(name, Links::Follow, CREATE, WRITE).gives(NOT_PERMITTED);
        script.open(name, Links::Follow, TRUNCATE, WRITE).gives(NOT_PERMITTED);
        script.stat(name, Links::Follow).gives(NOT_PERMITTED);
        script.touch(name, Links::Follow).gives(NOT_PERMITTED);
    }
    // `a/up` leads to `outside` in the grant, where nothing is.
    script.open("a/up/secret", Links::Follow, 0, READ).gives(NO_ENTRY);
    script.mkdir("dots/new").gives(NOT_PERMITTED).rmdir("a/b/up/deep").gives(NOT_PERMITTED);
    script.unlink("dots/secret").gives(NOT_PERMITTED).rename("dots/secret", "taken").gives(NOT_PERMITTED);
    script.rename("file", "dots/secret").gives(NOT_PERMITTED);
    script.link("dots/secret", Links::Stay, "taken").gives(NOT_PERMITTED);
    // Moved up a directory, a link that stayed inside leads out, and is refused from then on.
    script.symlink("../file", "a/harmless").open("a/harmless", Links::Follow, 0, READ);
    script.rename("a/harmless", "harmless").open("harmless", Links::Follow, 0, READ).gives(NOT_PERMITTED);
    let said = script.check(world.request(true));
    assert!(said.iter().all(|said| !said.contains(SECRET)), "{said:?}");
    assert_eq!(kept, world.outside());
}

#[test]
fn links_inside_a_grant_are_followed_and_loops_end() {
    let world = World::new();
    world.link("to-file", "file");
    world.link("to-dir", "a/b");
    world.link("a/up", "../a/b/../../file");
    world.link("self", "self");
    world.link("loop", "loop-2");
    world.link("loop-2", "loop");
    world.link("nowhere", "nothing");
    for write in [false, true] {
        let mut script = Script::new();
        for name in ["to-file", "to-dir/file", "a/up", "to-dir/../b/file", "to-dir/../../file"] {
            script.open(name, Links::Follow, 0, READ);
        }
        let files = 5;
        script.open("to-file", Links::Stay, 0, READ).gives(LOOP);
        for name in ["self", "loop"] {
            script.open(name, Links::Follow, 0, READ).gives(LOOP).stat(name, Links::Follow).gives(LOOP);
            script.stat(name, Links::Stay).readlink(name);
            script.open([name, "/x"].concat(), Links::Follow, 0, READ).gives(LOOP);
        }
        script.open("nowhere", Links::Follow, 0, READ).gives(NO_ENTRY);
        script.open("nowhere", Links::Follow, CREATE | EXCLUSIVE, WRITE);
        script.gives(if write { EXISTS } else { NOT_PERMITTED });
        let said = script.check(world.request(write));
        assert!(said[..files].iter().all(|said| said == "inside"), "{said:?}");
    }
}

#[test]
fn a_slash_at_the_end_asks_for_a_directory() {
    let world = World::new();
    world.links_to_directories_outside();
    world.link("to-file", "file");
    world.link("to-dir", "a");
    let kept = world.outside();
    let mut script = Script::new();
    for path in ["file/", "file/.", "to-file/", "file//"] {
        script.open(path, Links::Follow, 0, READ).gives(NOT_DIRECTORY);
        script.open(path, Links::Stay, 0, READ).gives(NOT_DIRECTORY);
        script.open(path, Links::Follow, TRUNCATE, WRITE).gives(NOT_DIRECTORY);
        script.stat(path, Links::Follow).gives(NOT_DIRECTORY);
        script.stat(path, Links::Stay).gives(NOT_DIRECTORY);
        script.unlink(path).gives(NOT_DIRECTORY);
        script.rename(path, "taken").gives(NOT_DIRECTORY);
    }
    script.open("new/", Links::Follow, CREATE, WRITE).gives(IS_DIRECTORY);
    script.rename("file", "new/").gives(NOT_DIRECTORY);
    script.link("file", Links::Stay, "new/").gives(NO_ENTRY).symlink("file", "new/").gives(NO_ENTRY);
    script.mkdir("new/").rename("new/", "newer/").rmdir("newer/");
    script.open("to-dir/", Links::Stay, 0, READ).stat("to-dir/", Links::Stay);
    script.rmdir("to-dir/").gives(NOT_DIRECTORY).unlink("to-dir/").gives(IS_DIRECTORY);
    script.rmdir("out/").gives(NOT_DIRECTORY).rmdir("out/.").gives(NOT_PERMITTED);
    script.rename("to-dir/", "taken").gives(NOT_DIRECTORY);
    for path in ["out/", "out/.", "root/"] {
        script.open(path, Links::Follow, 0, READ).gives(NOT_PERMITTED);
        script.open(path, Links::Stay, 0, READ).gives(NOT_PERMITTED);
        script.stat(path, Links::Follow).gives(NOT_PERMITTED);
        script.stat(path, Links::Stay).gives(NOT_PERMITTED);
        script.unlink(path).gives(NOT_PERMITTED);
        let refused = if path.ends_with('.') { NOT_PERMITTED } else { NOT_DIRECTORY };
        script.rename(path, "taken").gives(refused).rename("a", path).gives(refused);
        script.touch(path, Links::Stay).gives(NOT_PERMITTED);
    }
    script.check(world.request(true));
    assert_eq!(kept, world.outside());
}
