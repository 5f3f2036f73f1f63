//! What an attempt may add through a write grant: bytes by which files grow, and names that it makes.

use std::fs;
use std::path::Path;

use cofferdam_sandbox::{Grant, Outcome, Quota, Report};

use crate::support::{plain, run};

const QUOTA: i32 = 19;
const CROSS_DEVICE: i32 = 75;

/// A command with every way of adding to a directory, and this body. `a` is at 1024, `b` at 1025,
/// `c` at 1026; `$made` exits with the number of times that the body's call succeeded before the
/// error, or with 200 when the error is another than that of a quota.
fn command(body: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $set_size (param i32 i64) (result i32)))
        (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $set_flags (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 4) (data (i32.const 1024) "abc")
        (global $times (mut i32) (i32.const 0))
        (func $made (param $errno i32)
            (if (i32.eq (local.get $errno) (i32.const {QUOTA})) (then (call $exit (i32.add (i32.const 100) (global.get $times)))))
            (if (local.get $errno) (then (call $exit (local.get $errno))))
            (global.set $times (i32.add (global.get $times) (i32.const 1))))
        (func $must (param $errno i32) (if (local.get $errno) (then (call $exit (i32.const 200)))))
        ;; Opens `a`, made if it is not there, to read and write; the descriptor.
        (func $open (result i32)
            (call $must (call $path_open (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const 1)
                (i32.const 1) (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16)))
            (i32.load (i32.const 16)))
        ;; Another name each time: `a` at 1024, then `b`, and so on.
        (func $next (i32.store8 (i32.const 1024) (i32.add (i32.load8_u (i32.const 1024)) (i32.const 1))))
        ;; One buffer of so many bytes at 8192, for `fd_write` and its kin.
        (func $buffer (param $len i32) (i32.store (i32.const 0) (i32.const 8192)) (i32.store (i32.const 4) (local.get $len)))
        (func (export "_start") (local $fd i32) {body}))"#
    )
}

fn with_quota(dir: &Path, bytes: u64, files: u32, body: &str) -> Report {
    let mut request = plain();
    let quota = Quota { bytes, files };
    request.grants = vec![Grant { name: "out".into(), dir: dir.to_owned(), write: true, quota }];
    run(&command(body), request)
}

#[track_caller]
fn full_after(times: i32, report: &Report) {
    assert_eq!(report.exit_code, 100 + times, "{report:#?}");
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.message.contains("its write grant `out` was full"), "{}", report.message);
    assert!(report.message.contains("are what an attempt may add to it (`grants.out."), "{}", report.message);
}

fn held(dir: &Path) -> u64 {
    let files = fs::read_dir(dir).expect("the grant").map(|file| file.expect("a file").metadata());
    files.map(|meta| meta.expect("what it is").len()).sum()
}

const WRITE: &str = "(call $made (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))";

#[test]
fn files_grow_up_to_the_quota_and_not_by_a_byte_more() {
    let dir = tempfile::tempdir().expect("a directory");
    let body = format!(
        "(local.set $fd (call $open)) (call $buffer (i32.const 1000)) (loop $again {WRITE} (br $again))"
    );
    full_after(10, &with_quota(dir.path(), 10_999, 10, &body));
    assert_eq!(held(dir.path()), 10_000);
}

#[test]
fn appending_counts_like_writing() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("a"), [1; 5_000]).expect("what was there before counts for nothing");
    let body = format!(
        "(local.set $fd (call $open)) (call $must (call $set_flags (local.get $fd) (i32.const 1)))
         (call $buffer (i32.const 1000)) (loop $again {WRITE} (br $again))"
    );
    full_after(3, &with_quota(dir.path(), 3_500, 10, &body));
    assert_eq!(held(dir.path()), 8_000);
}

#[test]
fn holes_count_like_what_is_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let huge = "(local.set $fd (call $open)) (call $buffer (i32.const 1))
        (call $made (call $fd_pwrite (local.get $fd) (i32.const 0) (i32.const 1) (i64.const 0x10000000000) (i32.const 8)))";
    full_after(0, &with_quota(dir.path(), 1 << 20, 10, huge));
    let resized = "(local.set $fd (call $open))
        (call $made (call $set_size (local.get $fd) (i64.const 1000)))
        (call $made (call $set_size (local.get $fd) (i64.const 0x7fffffffffffffff)))";
    full_after(1, &with_quota(dir.path(), 1 << 20, 10, resized));
    assert_eq!(held(dir.path()), 1_000);
}

#[test]
fn writing_again_over_what_is_there_is_free() {
    let dir = tempfile::tempdir().expect("a directory");
    let body = "(local $n i32) (local.set $fd (call $open)) (call $buffer (i32.const 1000))
        (loop $again
            (call $made (call $fd_pwrite (local.get $fd) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 50))))";
    let report = with_quota(dir.path(), 1_000, 1, body);
    assert_eq!((report.outcome, report.message.as_str()), (Outcome::Completed, ""), "{report:#?}");
}

#[test]
fn what_is_cut_off_or_removed_is_not_given_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let body =
        "(local.set $fd (call $open)) (call $buffer (i32.const 1000))
         (loop $again
            (call $made (call $fd_pwrite (local.get $fd) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)))
            (call $must (call $set_size (local.get $fd) (i64.const 0)))
            (br $again))";
    full_after(5, &with_quota(dir.path(), 5_500, 10, body));
    let removed = "(loop $again
            (call $made (call $path_open (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const 1)
                (i32.const 1) (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16)))
            (call $must (call $fd_close (i32.load (i32.const 16))))
            (call $must (call $unlink (i32.const 3) (i32.const 1024) (i32.const 1)))
            (br $again))";
    fs::remove_file(dir.path().join("a")).expect("removed");
    full_after(4, &with_quota(dir.path(), 0, 4, removed));
}

#[test]
fn files_directories_and_links_are_counted_when_they_are_made() {
    for (what, make) in [
        (
            "files",
            "(call $made (call $path_open (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const 1)
            (i32.const 1) (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16)))",
        ),
        ("directories", "(call $made (call $mkdir (i32.const 3) (i32.const 1024) (i32.const 1)))"),
        (
            "links",
            "(call $made (call $link (i32.const 3) (i32.const 0) (i32.const 1026) (i32.const 1)
            (i32.const 3) (i32.const 1024) (i32.const 1)))",
        ),
        (
            "symbolic links",
            "(call $made (call $symlink (i32.const 1026) (i32.const 1)
            (i32.const 3) (i32.const 1024) (i32.const 1)))",
        ),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("c"), "there").expect("written");
        let body = format!(
            "(i32.store8 (i32.const 1024) (i32.const 100)) (loop $again {make} (call $next) (br $again))"
        );
        let report = with_quota(dir.path(), 0, 7, &body);
        full_after(7, &report);
        assert!(
            report.message.contains("7 files") && !report.message.contains(".quota"),
            "{}",
            report.message
        );
        assert_eq!(fs::read_dir(dir.path()).expect("the grant").count(), 8, "{what}");
    }
}

#[test]
fn what_was_there_and_what_could_not_be_made_counts_for_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("a"), "there").expect("written");
    let body = "(local $n i32)
        (loop $again
            (call $must (call $fd_close (call $open)))
            (if (i32.ne (call $mkdir (i32.const 3) (i32.const 1024) (i32.const 1)) (i32.const 20)) (then (call $exit (i32.const 201))))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 20))))
        (call $made (call $mkdir (i32.const 3) (i32.const 1025) (i32.const 1)))";
    let report = with_quota(dir.path(), 0, 1, body);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn nothing_is_moved_or_linked_from_one_grant_to_another() {
    let (one, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    fs::write(one.path().join("a"), "here").expect("written");
    for call in [
        "(call $rename (i32.const 3) (i32.const 1024) (i32.const 1) (i32.const 4) (i32.const 1025) (i32.const 1))",
        "(call $link (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 4) (i32.const 1025) (i32.const 1))",
    ] {
        let mut request = plain();
        request.grants = [("one", &one), ("other", &other)]
            .map(|(name, dir)| Grant {
                name: name.into(),
                dir: dir.path().to_owned(),
                write: true,
                quota: Quota::default(),
            })
            .into();
        assert_eq!(run(&command(&format!("(call $exit {call})")), request).exit_code, CROSS_DEVICE);
    }
    assert_eq!((held(one.path()), held(other.path())), (4, 0));
}
