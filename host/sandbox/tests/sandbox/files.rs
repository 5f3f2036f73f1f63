//! Grants: a directory seen as `/NAME`, read-only unless it says otherwise, and
//! nothing else of the host.

use std::fs;
use std::path::Path;

use cofferdam_sandbox::{Grant, Outcome, Quota, Report, Request};

use crate::support::{plain, run};

const BAD_DESCRIPTOR: i32 = 8;
const TOO_MANY: i32 = 33;
const NOT_SUPPORTED: i32 = 58;
const NOT_PERMITTED: i32 = 63;

/// A command that can open and read, with this body, and these texts in
/// memory from 1024 on, 256 bytes apart.
fn module(texts: &[&str], body: &str) -> String {
    let data: String = texts
        .iter()
        .enumerate()
        .map(|(index, text)| format!("(data (i32.const {}) \"{text}\")", 1024 + 256 * index))
        .collect();
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $name (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
        (memory (export "memory") 4) {data}
        ;; Exits with the error number when there is one.
        (func $ok (param i32) (if (local.get 0) (then (call $proc_exit (local.get 0)))))
        ;; Opens for reading (rights 2) or writing (64); the descriptor.
        (func $open (param $path i32) (param $len i32) (param $oflags i32) (param $rights i64) (result i32)
            (call $ok (call $path_open (i32.const 3) (i32.const 1) (local.get $path) (local.get $len)
                (local.get $oflags) (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 16)))
            (i32.load (i32.const 16)))
        ;; Moves what is read from the descriptor to stdout, to its end.
        (func $cat (param $fd i32)
            (loop $again
                (i32.store (i32.const 0) (i32.const 131072)) (i32.store (i32.const 4) (i32.const 65536))
                (call $ok (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
                (i32.store (i32.const 4) (i32.load (i32.const 8)))
                (if (i32.load (i32.const 8)) (then
                    (call $ok (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
                    (br $again)))))
        ;; Writes bytes of memory to the descriptor.
        (func $put (param $fd i32) (param $ptr i32) (param $len i32)
            (i32.store (i32.const 0) (local.get $ptr)) (i32.store (i32.const 4) (local.get $len))
            (call $ok (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
        (func (export "_start") {body}))"#
    )
}

fn granted(dir: &Path, write: bool) -> Request {
    let mut request = plain();
    request.grants =
        vec![Grant { name: "flights".into(), dir: dir.to_owned(), write, quota: Quota::default() }];
    request
}

fn output(report: &Report) -> String {
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    report.stdout.to_text()
}

#[test]
fn a_granted_directory_is_seen_under_its_name_and_can_be_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let rows = "row\n".repeat(50_000);
    fs::write(dir.path().join("rows.csv"), &rows).expect("written");
    let text = module(
        &["rows.csv"],
        "(call $ok (call $name (i32.const 3) (i32.const 131072) (i32.const 8)))
         (call $put (i32.const 1) (i32.const 131072) (i32.const 8))
         (call $cat (call $open (i32.const 1024) (i32.const 8) (i32.const 0) (i64.const 2)))",
    );
    let report = run(&text, granted(dir.path(), false));
    assert_eq!(output(&report), format!("/flights{rows}"));
}

#[test]
fn a_file_can_be_read_again_from_any_place() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("file"), "0123456789").expect("written");
    let text = module(
        &["file"],
        "(local $fd i32)
         (local.set $fd (call $open (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const 2)))
         (call $ok (call $fd_seek (local.get $fd) (i64.const -3) (i32.const 2) (i32.const 32)))
         (call $cat (local.get $fd))
         (call $ok (call $fd_seek (local.get $fd) (i64.const 5) (i32.const 0) (i32.const 32)))
         (call $cat (local.get $fd))",
    );
    assert_eq!(output(&run(&text, granted(dir.path(), false))), "78956789");
}

#[test]
fn a_read_grant_cannot_be_changed_in_any_way() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("file"), "kept").expect("written");
    let attempts = [
        (
            "opened to write",
            "(drop (call $open (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const 66)))",
        ),
        ("created", "(drop (call $open (i32.const 1280) (i32.const 3) (i32.const 1) (i64.const 2)))"),
        ("truncated", "(drop (call $open (i32.const 1024) (i32.const 4) (i32.const 8) (i64.const 2)))"),
        ("unlinked", "(call $ok (call $unlink (i32.const 3) (i32.const 1024) (i32.const 4)))"),
        ("made", "(call $ok (call $mkdir (i32.const 3) (i32.const 1280) (i32.const 3)))"),
        (
            "renamed",
            "(call $ok (call $rename (i32.const 3) (i32.const 1024) (i32.const 4) (i32.const 3) (i32.const 1280) (i32.const 3)))",
        ),
    ];
    for (what, body) in attempts {
        let report = run(&module(&["file", "new"], body), granted(dir.path(), false));
        assert_eq!((what, report.outcome, report.exit_code), (what, Outcome::Failed, NOT_PERMITTED));
    }
    let body = "(call $put (call $open (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const 2)) (i32.const 1024) (i32.const 4))";
    let report = run(&module(&["file"], body), granted(dir.path(), false));
    assert_eq!(report.exit_code, BAD_DESCRIPTOR, "{report:#?}");
    assert_eq!(fs::read_to_string(dir.path().join("file")).expect("read"), "kept");
    assert_eq!(fs::read_dir(dir.path()).expect("listed").count(), 1);
}

#[test]
fn a_write_grant_can_be_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let body = "(local $fd i32)
        (local.set $fd (call $open (i32.const 1024) (i32.const 3) (i32.const 1) (i64.const 66)))
        (call $put (local.get $fd) (i32.const 1280) (i32.const 5))
        (call $put (local.get $fd) (i32.const 1280) (i32.const 5))
        (call $ok (call $mkdir (i32.const 3) (i32.const 1536) (i32.const 3)))";
    let report = run(&module(&["new", "hello", "sub"], body), granted(dir.path(), true));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(fs::read_to_string(dir.path().join("new")).expect("read"), "hellohello");
    assert!(dir.path().join("sub").is_dir());
}

#[test]
fn no_path_leads_out_of_a_grant() {
    let root = tempfile::tempdir().expect("a directory");
    let dir = root.path().join("granted");
    fs::create_dir(&dir).expect("made");
    fs::write(root.path().join("secret"), "secret").expect("written");
    std::os::unix::fs::symlink("../secret", dir.join("link")).expect("linked");
    std::os::unix::fs::symlink("/etc", dir.join("etc")).expect("linked");
    for path in ["../secret", "link", "etc/passwd", "/etc/passwd", "./../secret", "etc/../../secret"] {
        let body = format!(
            "(call $cat (call $open (i32.const 1024) (i32.const {}) (i32.const 0) (i64.const 2)))",
            path.len()
        );
        let report = run(&module(&[path], &body), granted(&dir, true));
        assert_eq!(report.outcome, Outcome::Failed, "{path}: {report:#?}");
        assert_eq!(report.stdout.to_text(), "", "{path}");
    }
}

#[test]
fn without_a_grant_there_is_nothing_to_open() {
    let body = "(drop (call $open (i32.const 1024) (i32.const 1) (i32.const 0) (i64.const 2)))";
    let report = run(&module(&["."], body), plain());
    assert_eq!((report.outcome, report.exit_code), (Outcome::Failed, BAD_DESCRIPTOR));
}

#[test]
fn descriptors_are_bounded() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("file"), "").expect("written");
    let body =
        "(loop $l (drop (call $open (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const 2))) br $l)";
    let report = run(&module(&["file"], body), granted(dir.path(), false));
    assert_eq!((report.outcome, report.exit_code), (Outcome::Failed, TOO_MANY));
    // Closed ones can be opened again, for as long as there is fuel.
    let body = "(local $n i32) (loop $l
        (call $ok (call $fd_close (call $open (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const 2))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $n) (i32.const 200))))";
    let report = run(&module(&["file"], body), granted(dir.path(), false));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn renumbering_closes_what_was_there() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("one"), "1").expect("written");
    fs::write(dir.path().join("two"), "2").expect("written");
    let body = "(local $one i32) (local $two i32)
        (local.set $one (call $open (i32.const 1024) (i32.const 3) (i32.const 0) (i64.const 2)))
        (local.set $two (call $open (i32.const 1280) (i32.const 3) (i32.const 0) (i64.const 2)))
        (call $ok (call $fd_renumber (local.get $two) (local.get $one)))
        (call $cat (local.get $one))
        (call $proc_exit (i32.ne (call $fd_close (local.get $two)) (i32.const 8)))";
    assert_eq!(output(&run(&module(&["one", "two"], body), granted(dir.path(), false))), "2");
}

#[test]
fn a_large_directory_is_listed_in_bounded_pieces() {
    let dir = tempfile::tempdir().expect("a directory");
    for n in 0..3000 {
        fs::write(dir.path().join(format!("file-{n:05}")), "").expect("written");
    }
    // Prints every listing that it gets, with a buffer of 4 KiB; goes on from
    // the last whole entry's cookie until the buffer is not full.
    let body = "(local $at i32) (local $used i32) (local $cookie i64) (local $next i32)
        (loop $list
            (call $ok (call $fd_readdir (i32.const 3) (i32.const 131072) (i32.const 4096) (local.get $cookie) (i32.const 32)))
            (local.set $used (i32.load (i32.const 32)))
            (local.set $at (i32.const 0))
            (block $done (loop $entry
                (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $used)))
                (local.set $next (i32.add (i32.add (local.get $at) (i32.const 24))
                    (i32.load (i32.add (i32.const 131088) (local.get $at)))))
                (br_if $done (i32.gt_u (local.get $next) (local.get $used)))
                (call $put (i32.const 1) (i32.add (i32.const 131096) (local.get $at))
                    (i32.load (i32.add (i32.const 131088) (local.get $at))))
                (call $put (i32.const 1) (i32.const 1024) (i32.const 1))
                (local.set $cookie (i64.load (i32.add (i32.const 131072) (local.get $at))))
                (local.set $at (local.get $next))
                (br $entry)))
            (br_if $list (i32.eq (local.get $used) (i32.const 4096))))";
    let report = run(&module(&["\\0a"], body), granted(dir.path(), false));
    let listed = output(&report);
    let mut names: Vec<&str> = listed.lines().filter(|name| name.starts_with("file-")).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 3000);
    assert_eq!(listed.lines().count(), 3002, "each once, with `.` and `..`");
    assert!(report.host.peak_bytes < cofferdam_sandbox::STACK_BYTES + 200_000, "{}", report.host.peak_bytes);
}

#[test]
fn a_grant_that_is_not_there_is_our_fault_and_named() {
    let report = run(&module(&[], ""), granted(Path::new("/nowhere/at/all"), false));
    assert_eq!((report.outcome, report.exit_code), (Outcome::HostError, 125));
    assert!(
        report.message.contains("`/nowhere/at/all`") && report.message.contains("`flights`"),
        "{}",
        report.message
    );
}

#[test]
fn a_pipe_in_a_granted_directory_is_not_opened_and_nobody_waits_for_it() {
    let dir = tempfile::tempdir().expect("a directory");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .expect("a pipe");
    for rights in [2, 64] {
        let open =
            format!("(drop (call $open (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const {rights})))");
        let report = run(&module(&["pipe"], &open), granted(dir.path(), true));
        assert_eq!((report.outcome, report.exit_code), (Outcome::Failed, NOT_SUPPORTED), "{report:#?}");
    }
}
