//! Large directories are listed completely, each entry once, in pieces that are bounded, also while
//! they change; and nothing is told of what is above a grant.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cofferdam_sandbox::{Outcome, Request};

use super::script::{IMPORTS, Links, READ, Script};
use super::world::World;
use crate::support::run;

const ENTRIES: usize = 20_000;
/// Kept of what is printed: all names, and more.
const OUTPUT_BYTES: u64 = 2 << 20;

/// Prints the name of every entry on a line of its own. Goes on after each piece from the cookie of
/// its last whole entry, until a piece does not fill the buffer; before that, it does `between`.
fn listing(buffer_bytes: u32, between: &str) -> String {
    format!(
        r#"{IMPORTS} (memory (export "memory") 4)
        (func $print (param $ptr i32) (param $len i32)
            (i32.store (i32.const 0) (local.get $ptr)) (i32.store (i32.const 4) (local.get $len))
            (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable)))
        (func (export "_start")
            (local $at i32) (local $used i32) (local $cookie i64) (local $next i32) (local $name i32) (local $len i32)
            (i32.store8 (i32.const 32) (i32.const 10))
            (loop $list
                (if (call $fd_readdir (i32.const 3) (i32.const 65536) (i32.const {buffer_bytes}) (local.get $cookie) (i32.const 16))
                    (then unreachable))
                (local.set $used (i32.load (i32.const 16)))
                (local.set $at (i32.const 65536))
                (block $done (loop $entry
                    (local.set $name (i32.add (local.get $at) (i32.const 24)))
                    (br_if $done (i32.gt_u (local.get $name) (i32.add (i32.const 65536) (local.get $used))))
                    (local.set $len (i32.load offset=16 (local.get $at)))
                    (local.set $next (i32.add (local.get $name) (local.get $len)))
                    (br_if $done (i32.gt_u (local.get $next) (i32.add (i32.const 65536) (local.get $used))))
                    (call $print (local.get $name) (local.get $len)) (call $print (i32.const 32) (i32.const 1))
                    {between}
                    (local.set $cookie (i64.load (local.get $at)))
                    (local.set $at (local.get $next))
                    (br $entry)))
                (br_if $list (i32.eq (local.get $used) (i32.const {buffer_bytes}))))))"#
    )
}

fn filled(world: &World) {
    for n in 0..ENTRIES {
        fs::write(world.granted().join(format!("entry-{n:05}")), "").expect("written");
    }
}

/// How often each entry was listed; the host never held much for it.
fn listed(text: &str, mut request: Request) -> BTreeMap<String, usize> {
    request.limits.output_bytes = OUTPUT_BYTES;
    let report = run(text, request);
    assert_eq!(report.outcome, Outcome::Completed, "{}", report.message);
    let printed = report.stdout.to_text();
    // All but the captured output itself: a piece of the listing, and descriptors.
    let held = report.host.peak_bytes - cofferdam_sandbox::STACK_BYTES;
    assert!(held < 2 * printed.len() as u64 + 200_000, "{held} bytes for {}", printed.len());
    let mut times = BTreeMap::new();
    for name in printed.lines().filter(|name| name.starts_with("entry-")) {
        *times.entry(name.to_owned()).or_default() += 1;
    }
    times
}

#[test]
fn every_entry_of_a_large_directory_is_listed_once_whatever_the_buffer() {
    let world = World::new();
    filled(&world);
    for buffer_bytes in [300, 4_096, 65_536] {
        let times = listed(&listing(buffer_bytes, ""), world.request(false));
        assert_eq!(times.len(), ENTRIES, "with {buffer_bytes} bytes");
        assert!(times.values().all(|times| *times == 1), "with {buffer_bytes} bytes");
    }
}

#[test]
fn entries_that_are_removed_while_they_are_listed_hide_no_others() {
    let world = World::new();
    filled(&world);
    // Each is removed as soon as it was listed: as deep as removing everything goes.
    let unlink = "(drop (call $unlink (i32.const 3) (local.get $name) (local.get $len)))";
    let times = listed(&listing(4_096, unlink), world.request(true));
    assert_eq!(times.len(), ENTRIES);
    assert!(times.values().all(|times| *times == 1));
    let left: Vec<_> = fs::read_dir(world.granted()).expect("listed").collect();
    assert_eq!(left.len(), 1, "the directory alone is not unlinked: {left:?}");
}

#[test]
fn entries_that_stay_are_listed_once_while_others_come_and_go() {
    let world = World::new();
    filled(&world);
    let granted = world.granted();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let times = std::thread::scope(|scope| {
        scope.spawn(|| come_and_go(&granted, &is_over));
        let times = listed(&listing(4_096, ""), world.request(false));
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        times
    });
    for n in (0..ENTRIES).filter(|n| n % 2 == 0) {
        assert_eq!(times.get(&format!("entry-{n:05}")), Some(&1), "{n}");
    }
}

/// Removes every second entry and makes others.
fn come_and_go(granted: &Path, is_over: &std::sync::atomic::AtomicBool) {
    for n in (1..ENTRIES).step_by(2) {
        if is_over.load(std::sync::atomic::Ordering::Relaxed) {
            break;
        }
        fs::remove_file(granted.join(format!("entry-{n:05}"))).expect("removed");
        fs::write(granted.join(format!("other-{n:05}")), "").expect("written");
    }
}

#[test]
fn a_listing_tells_nothing_of_what_is_above_the_grant() {
    let world = World::new();
    let mut script = Script::new();
    // The first entries, with `.` and `..` among them, into a buffer of 4 KiB.
    let list =
        "call $fd_readdir (i32.const 3) (i32.const 8192) (i32.const 4096) (i64.const 0) (i32.const 16)";
    script.call("list", list);
    let above = fs::metadata(world.root.path()).expect("it is there");
    let mut hasher = DefaultHasher::new();
    (above.dev(), above.ino()).hash(&mut hasher);
    // Neither as the host numbers it nor as guests are told numbers.
    let hidden = [above.ino().cast_signed(), hasher.finish().cast_signed()];
    for (at, above) in (0..256).flat_map(|at| hidden.map(|above| (at, above))) {
        let inode = format!("i64.eq (i64.load (i32.const {})) (i64.const {above})", 8192 + at);
        script.call(format!("its number at {at}"), &inode);
    }
    script.open("..", Links::Follow, 2, READ).gives(63).stat("..", Links::Stay).gives(63);
    script.check(world.request(false));
}

#[test]
fn a_listing_has_the_numbers_of_files_that_looking_at_them_has_and_none_of_the_host() {
    let world = World::new();
    let of_the_host = fs::metadata(world.path("granted/file")).expect("it is there").ino();
    let mut script = Script::new();
    // What `path_filestat_get` writes to 512 has the number at 520.
    script.stat("file", Links::Stay);
    let list =
        "call $fd_readdir (i32.const 3) (i32.const 8192) (i32.const 4096) (i64.const 0) (i32.const 16)";
    script.call("list", list);
    for at in 8192..8448 {
        let number = format!("(i64.load (i32.const {at}))");
        script.call("same", &format!("i64.eq {number} (i64.load (i32.const 520))"));
        script.call("host", &format!("i64.eq {number} (i64.const {of_the_host})"));
    }
    let told = script.run(world.request(false));
    let found = |what: &str| told.iter().filter(|(tried, (is, _))| tried == what && *is == 1).count();
    assert_eq!((found("same"), found("host")), (1, 0));
}
