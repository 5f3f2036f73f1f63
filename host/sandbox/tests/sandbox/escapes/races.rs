//! Directories and files that become links to the outside, and back, while a guest uses them. How
//! often is up to the machine; that nothing outside is ever read or changed is not.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cofferdam_sandbox::Outcome;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::script::{CREATE, Links, READ, Script, TRUNCATE, WRITE};
use super::world::{SECRET, World};
use crate::support::{ended, run, start, wait};

/// Rounds of looking at things.
const ROUNDS: u32 = 2_500;
/// Rounds of many calls, some of which change something.
const ROUNDS_OF_CHANGES: u32 = 1_000;

/// Exchanges two names of the host over and over, as fast as it can, until the guest has ended.
fn while_exchanging(one: PathBuf, other: PathBuf, guest: impl FnOnce()) {
    let (is_over, exchanged) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let exchanging = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) || exchanged.load(Ordering::Relaxed) % 2 == 1 {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).expect("exchanged");
                exchanged.fetch_add(1, Ordering::Relaxed);
            }
        });
        wait("names are exchanged", || exchanged.load(Ordering::Relaxed) > 0);
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(guest));
        is_over.store(true, Ordering::Relaxed);
        exchanging.join().expect("exchanged to the end");
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

/// A loop around these calls; what they answer does not matter.
fn rounds(script: &mut Script, rounds: u32, calls: &str) {
    let wat = format!(
        "block (result i32) (i32.store (i32.const 600) (i32.const {rounds}))
        (loop $again {calls}
            (i32.store (i32.const 600) (i32.sub (i32.load (i32.const 600)) (i32.const 1)))
            (br_if $again (i32.load (i32.const 600))))
        (i32.const 0)"
    );
    script.call("rounds", &wat);
}

fn open(script: &mut Script, path: &str, links: Links, flags: i32, rights: i64) -> String {
    let (path, follow) = (script.text(path), i32::from(links == Links::Follow));
    format!(
        "call $open (i32.const 3) (i32.const {follow}) {path} (i32.const {flags}) (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 16)"
    )
}

/// Opens and reads; ends with a trap when it is what is outside, which begins with an `s`.
fn look(script: &mut Script, path: &str, links: Links) -> String {
    assert!(SECRET.starts_with('s'));
    let open = open(script, path, links, 0, READ);
    format!(
        "(if (i32.eqz ({open})) (then
            (call $buffer (i32.const 64)) (i32.store8 (i32.const 1024) (i32.const 0))
            (drop (call $fd_read (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))
            (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 115)) (then unreachable))
            (drop (call $fd_close (i32.load (i32.const 16))))))"
    )
}

/// Looks at the size; ends with a trap when it is that of what is outside.
fn measure(script: &mut Script, path: &str) -> String {
    let (path, size) = (script.text(path), SECRET.len());
    format!(
        "(if (i32.eqz (call $stat (i32.const 3) (i32.const 1) {path} (i32.const 512))) (then
            (if (i64.eq (i64.load (i32.const 544)) (i64.const {size})) (then unreachable))))"
    )
}

/// Opens to write, and writes a byte.
fn spoil(script: &mut Script, path: &str, links: Links, flags: i32) -> String {
    let open = open(script, path, links, flags, WRITE);
    format!(
        "(if (i32.eqz ({open})) (then
            (call $buffer (i32.const 1)) (i32.store8 (i32.const 1024) (i32.const 105))
            (drop (call $fd_write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))
            (drop (call $fd_close (i32.load (i32.const 16))))))"
    )
}

/// Every other way of changing what has this name, or what can be made of it.
fn change(script: &mut Script, name: &str) -> String {
    let (path, other) = (script.text(name), script.text(format!("{name}-2")));
    let (target, taken, file) = (script.text("nothing"), script.text("taken"), script.text("file"));
    format!(
        "(drop (call $times (i32.const 3) (i32.const 1) {path} (i64.const 7) (i64.const 7) (i32.const 5)))
        (drop (call $times (i32.const 3) (i32.const 0) {path} (i64.const 7) (i64.const 7) (i32.const 5)))
        (drop (call $rename (i32.const 3) {path} (i32.const 3) {other}))
        (drop (call $rename (i32.const 3) {other} (i32.const 3) {path}))
        (drop (call $link (i32.const 3) (i32.const 0) {path} (i32.const 3) {other}))
        (drop (call $unlink (i32.const 3) {other}))
        (drop (call $mkdir (i32.const 3) {other})) (drop (call $rmdir (i32.const 3) {other}))
        (drop (call $symlink {target} (i32.const 3) {other})) (drop (call $unlink (i32.const 3) {other}))
        (drop (call $link (i32.const 3) (i32.const 0) {path} (i32.const 3) {taken}))
        (drop (call $unlink (i32.const 3) {taken}))
        (drop (call $link (i32.const 3) (i32.const 0) {file} (i32.const 3) {other}))
        (drop (call $unlink (i32.const 3) {other})) (drop (call $unlink (i32.const 3) {path}))"
    )
}

/// `granted/dir/secret` says "inside", and `granted/swap` leads to the secrets.
fn with_a_directory_and_a_link() -> World {
    let world = World::new();
    std::fs::create_dir(world.path("granted/dir")).expect("made");
    std::fs::write(world.path("granted/dir/secret"), "inside").expect("written");
    for name in ["victim", "victim-2"] {
        std::fs::write(world.path("outside").join(name), SECRET).expect("written");
    }
    world.link("swap", "../outside");
    world
}

#[test]
fn a_guest_that_does_see_a_secret_is_noticed() {
    let world = World::new();
    std::fs::write(world.path("granted/secret"), SECRET).expect("written");
    let mut script = Script::new();
    let ways = [look(&mut script, "secret", Links::Stay), measure(&mut script, "secret")];
    for calls in ways {
        let mut script = script.clone();
        rounds(&mut script, 1, &calls);
        let report = run(&script.module(), world.request(false));
        assert_eq!(report.outcome, Outcome::Trapped, "{report:#?}");
    }
}

#[test]
fn a_directory_that_becomes_a_link_never_shows_what_is_outside() {
    for write in [false, true] {
        let world = with_a_directory_and_a_link();
        let outside = world.outside();
        let mut script = Script::new();
        let calls = [
            look(&mut script, "dir/secret", Links::Follow),
            look(&mut script, "dir/deep/../secret", Links::Stay),
            measure(&mut script, "dir/secret"),
        ];
        rounds(&mut script, ROUNDS, &calls.concat());
        while_exchanging(world.path("granted/dir"), world.path("granted/swap"), || {
            script.check(world.request(write));
        });
        assert_eq!(outside, world.outside());
    }
}

#[test]
fn nothing_outside_is_changed_through_a_directory_that_becomes_a_link() {
    let world = with_a_directory_and_a_link();
    let outside = world.outside();
    let mut script = Script::new();
    let mut calls = [("dir/victim", CREATE | TRUNCATE), ("dir/new", CREATE), ("dir/secret", 0)]
        .map(|(path, flags)| spoil(&mut script, path, Links::Follow, flags))
        .concat();
    calls += &change(&mut script, "dir/victim");
    rounds(&mut script, ROUNDS_OF_CHANGES, &calls);
    while_exchanging(world.path("granted/dir"), world.path("granted/swap"), || {
        script.check(world.request(true));
    });
    assert_eq!(outside, world.outside());
}

#[test]
fn a_file_that_becomes_a_link_is_never_followed_out() {
    let world = World::new();
    world.link("swap", "../secret");
    std::fs::write(world.path("granted/victim"), "inside").expect("written");
    let outside = world.outside();
    let mut script = Script::new();
    let mut calls = String::new();
    for links in [Links::Follow, Links::Stay] {
        calls += &look(&mut script, "victim", links);
        calls += &spoil(&mut script, "victim", links, 0);
        calls += &spoil(&mut script, "victim", links, TRUNCATE);
        calls += &spoil(&mut script, "victim", links, CREATE);
    }
    calls += &measure(&mut script, "victim");
    let (path, taken) = (script.text("victim"), script.text("taken"));
    calls += &format!(
        "(drop (call $times (i32.const 3) (i32.const 1) {path} (i64.const 7) (i64.const 7) (i32.const 5)))
        (drop (call $link (i32.const 3) (i32.const 0) {path} (i32.const 3) {taken}))"
    );
    calls += &look(&mut script, "taken", Links::Follow);
    calls += &spoil(&mut script, "taken", Links::Follow, 0);
    calls += &format!("(drop (call $unlink (i32.const 3) {taken}))");
    rounds(&mut script, ROUNDS_OF_CHANGES, &calls);
    while_exchanging(world.path("granted/victim"), world.path("granted/swap"), || {
        script.check(world.request(true));
    });
    assert_eq!(outside, world.outside());
}

#[test]
fn a_directory_that_is_moved_out_while_it_is_walked_leads_back_in_or_nowhere() {
    let world = World::new();
    std::fs::write(world.path("granted/a/secret"), "inside").expect("written");
    let mut script = Script::new();
    let calls = [
        look(&mut script, "a/b/../secret", Links::Follow),
        look(&mut script, "a/b/../../file", Links::Stay),
        look(&mut script, "a/b/.././b/../secret", Links::Follow),
        measure(&mut script, "a/b/../secret"),
        spoil(&mut script, "a/b/../new", Links::Follow, CREATE),
    ];
    rounds(&mut script, ROUNDS_OF_CHANGES, &calls.concat());
    while_exchanging(world.path("granted/a/b"), world.path("outside/deep"), || {
        script.check(world.request(true));
    });
    let mut outside: Vec<_> = std::fs::read_dir(world.path("outside"))
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    outside.sort();
    assert_eq!(outside, ["deep", "file", "secret"]);
    assert_eq!(std::fs::read_to_string(world.path("outside/secret")).expect("read"), SECRET);
}

#[test]
fn two_guests_of_one_grant_do_not_help_each_other_out() {
    let world = with_a_directory_and_a_link();
    let outside = world.outside();
    let mut swapping = Script::new();
    let (dir, swap, away) = (swapping.text("dir"), swapping.text("swap"), swapping.text("away"));
    let swaps: String = [(&dir, &away), (&swap, &dir), (&dir, &swap), (&away, &dir)]
        .map(|(from, to)| format!("(drop (call $rename (i32.const 3) {from} (i32.const 3) {to}))"))
        .concat();
    rounds(&mut swapping, ROUNDS_OF_CHANGES, &swaps);
    let mut looking = Script::new();
    let calls = [
        look(&mut looking, "dir/secret", Links::Follow),
        measure(&mut looking, "dir/secret"),
        spoil(&mut looking, "dir/victim", Links::Follow, CREATE | TRUNCATE),
    ];
    rounds(&mut looking, ROUNDS_OF_CHANGES, &calls.concat());
    let both = [swapping, looking].map(|script| start(&script.module(), world.request(true)).0);
    for running in both {
        let report = ended(running);
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    }
    assert_eq!(outside, world.outside());
}
