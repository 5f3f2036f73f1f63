//! Guests that make one call after another and tell what each answered, so that a test reads as the
//! list of what was tried.

use std::collections::BTreeMap;
use std::fmt::Write;

use cofferdam_sandbox::{Outcome, Report, Request};

use crate::support::run;

/// Descriptor of the first grant; what a guest opens comes after the last one.
pub const GRANT: i32 = 3;
pub const READ: i64 = 1 << 1;
pub const WRITE: i64 = 1 << 6;
pub const CREATE: i32 = 1;
pub const DIRECTORY: i32 = 2;
pub const EXCLUSIVE: i32 = 4;
pub const TRUNCATE: i32 = 8;

/// What a call answered: the error number, and what could be read of what was opened.
pub type Told = (i32, String);

const TEXTS_AT: usize = 1 << 16;
const PAGE_BYTES: usize = 1 << 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    Follow,
    Stay,
}

#[derive(Clone, Default)]
pub struct Script {
    texts: Vec<u8>,
    /// Where each text is: it is there once.
    places: BTreeMap<Vec<u8>, usize>,
    calls: String,
    tried: Vec<String>,
    /// Answers that are not 0, by the number of the call.
    expected: BTreeMap<usize, i32>,
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    /// What the last call is to answer, when it is not to succeed.
    pub fn gives(&mut self, errno: i32) -> &mut Self {
        self.expected.insert(self.tried.len() - 1, errno);
        self
    }

    /// Puts a text into the guest's memory: its pointer and its length.
    pub fn text(&mut self, text: impl AsRef<[u8]>) -> String {
        let (text, next) = (text.as_ref(), TEXTS_AT + self.texts.len());
        let at = *self.places.entry(text.to_owned()).or_insert(next);
        if at == next {
            self.texts.extend_from_slice(text);
        }
        format!("(i32.const {at}) (i32.const {})", text.len())
    }

    /// A call by its WAT, which leaves an error number.
    pub fn call(&mut self, what: impl Into<String>, wat: &str) -> &mut Self {
        self.tried.push(what.into());
        writeln!(self.calls, "(call $tell ({wat}))").expect("a string takes all");
        self
    }

    /// Opens, reads what is there, and closes again.
    pub fn open(&mut self, path: impl AsRef<[u8]>, links: Links, flags: i32, rights: i64) -> &mut Self {
        self.open_at(GRANT, path, links, flags, rights, "peek")
    }

    /// Opens and keeps it open.
    pub fn hold(&mut self, path: impl AsRef<[u8]>, flags: i32, rights: i64) -> &mut Self {
        self.open_at(GRANT, path, Links::Follow, flags, rights, "tell")
    }

    pub fn open_at(
        &mut self,
        dir: i32,
        path: impl AsRef<[u8]>,
        links: Links,
        flags: i32,
        rights: i64,
        then: &str,
    ) -> &mut Self {
        self.tried.push(format!("open {} {links:?} {flags} {rights}", shown(path.as_ref())));
        let path = self.text(path);
        writeln!(
            self.calls,
            "(call ${then} (call $open (i32.const {dir}) (i32.const {}) {path} (i32.const {flags}) \
             (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 16)))",
            follow(links)
        )
        .expect("a string takes all");
        self
    }

    pub fn stat(&mut self, path: impl AsRef<[u8]>, links: Links) -> &mut Self {
        let what = format!("stat {} {links:?}", shown(path.as_ref()));
        let path = self.text(path);
        let call = format!("call $stat (i32.const 3) (i32.const {}) {path} (i32.const 512)", follow(links));
        self.call(what, &call)
    }

    /// Sets both times to one second after the epoch.
    pub fn touch(&mut self, path: impl AsRef<[u8]>, links: Links) -> &mut Self {
        let what = format!("touch {} {links:?}", shown(path.as_ref()));
        let path = self.text(path);
        let call = format!(
            "call $times (i32.const 3) (i32.const {}) {path} (i64.const 1000000000) (i64.const 1000000000) (i32.const 5)",
            follow(links)
        );
        self.call(what, &call)
    }

    pub fn readlink(&mut self, path: impl AsRef<[u8]>) -> &mut Self {
        let what = format!("readlink {}", shown(path.as_ref()));
        let path = self.text(path);
        let call =
            format!("call $readlink (i32.const 3) {path} (i32.const 512) (i32.const 400) (i32.const 16)");
        self.call(what, &call)
    }

    pub fn link(&mut self, from: impl AsRef<[u8]>, links: Links, to: impl AsRef<[u8]>) -> &mut Self {
        let what = format!("link {} {links:?} {}", shown(from.as_ref()), shown(to.as_ref()));
        let (from, to) = (self.text(from), self.text(to));
        self.call(
            what,
            &format!("call $link (i32.const 3) (i32.const {}) {from} (i32.const 3) {to}", follow(links)),
        )
    }

    pub fn symlink(&mut self, target: impl AsRef<[u8]>, name: impl AsRef<[u8]>) -> &mut Self {
        let what = format!("symlink {} {}", shown(target.as_ref()), shown(name.as_ref()));
        let (target, name) = (self.text(target), self.text(name));
        self.call(what, &format!("call $symlink {target} (i32.const 3) {name}"))
    }

    pub fn rename(&mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> &mut Self {
        let what = format!("rename {} {}", shown(from.as_ref()), shown(to.as_ref()));
        let (from, to) = (self.text(from), self.text(to));
        self.call(what, &format!("call $rename (i32.const 3) {from} (i32.const 3) {to}"))
    }

    pub fn unlink(&mut self, path: impl AsRef<[u8]>) -> &mut Self {
        self.plain("unlink", path)
    }

    pub fn mkdir(&mut self, path: impl AsRef<[u8]>) -> &mut Self {
        self.plain("mkdir", path)
    }

    pub fn rmdir(&mut self, path: impl AsRef<[u8]>) -> &mut Self {
        self.plain("rmdir", path)
    }

    fn plain(&mut self, function: &str, path: impl AsRef<[u8]>) -> &mut Self {
        let what = format!("{function} {}", shown(path.as_ref()));
        let path = self.text(path);
        self.call(what, &format!("call ${function} (i32.const 3) {path}"))
    }

    /// Every function that takes a path, with this one; what it would move or link goes to `taken`,
    /// and what it would overwrite comes from `file`.
    pub fn everything(&mut self, path: impl AsRef<[u8]> + Copy) -> &mut Self {
        for links in [Links::Follow, Links::Stay] {
            for (flags, rights) in [
                (0, READ),
                (0, WRITE),
                (0, READ | WRITE),
                (DIRECTORY, READ),
                (CREATE, READ | WRITE),
                (CREATE | EXCLUSIVE, WRITE),
                (TRUNCATE, WRITE),
                (CREATE | TRUNCATE, READ),
            ] {
                self.open(path, links, flags, rights);
            }
            self.stat(path, links).touch(path, links).link(path, links, "taken");
        }
        self.readlink(path).link("file", Links::Stay, path).symlink("file", path).mkdir(path);
        self.rename(path, "taken").rename("file", path).rename("a", path).unlink(path).rmdir(path)
    }

    pub fn module(&self) -> String {
        let texts = self.texts.iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:02x}").expect("a string takes all");
            text
        });
        let pages = 2 + self.texts.len() / PAGE_BYTES;
        let calls = &self.calls;
        format!(
            r#"{IMPORTS} (memory (export "memory") {pages}) (data (i32.const {TEXTS_AT}) "{texts}") {HELPERS}
            (func (export "_start") {calls}))"#
        )
    }

    /// What every call answered, in the order of the calls.
    pub fn run(&self, request: Request) -> Vec<(String, Told)> {
        let report = run(&self.module(), request);
        self.told(&report)
    }

    fn told(&self, report: &Report) -> Vec<(String, Told)> {
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
        let said = report.stdout.to_text();
        let told: Vec<(String, Told)> = said
            .lines()
            .map(|line| (line[..2].parse().expect("an error number"), line[2..].trim().to_owned()))
            .zip(&self.tried)
            .map(|(told, tried)| (tried.clone(), told))
            .collect();
        assert_eq!(told.len(), self.tried.len(), "every call is told: {said}");
        told
    }

    /// Runs it; every call has to answer what is expected of it.
    #[track_caller]
    pub fn check(&self, request: Request) -> Vec<String> {
        let told = self.run(request);
        let wrong: Vec<String> = told
            .iter()
            .enumerate()
            .map(|(index, (tried, told))| {
                (index, tried, told, self.expected.get(&index).copied().unwrap_or(0))
            })
            .filter(|(_, _, told, expected)| told.0 != *expected)
            .map(|(index, tried, told, expected)| {
                format!("{index}: {tried} answers {told:?}, not {expected}")
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        told.into_iter().map(|(_, (_, said))| said).collect()
    }
}

fn follow(links: Links) -> i32 {
    i32::from(links == Links::Follow)
}

fn shown(path: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(path).chars().take(60).collect();
    format!("{text:?}")
}

pub const IMPORTS: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_set_times" (func $times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_readlink" (func $readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pread" (func $fd_pread (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_tell" (func $fd_tell (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_sync" (func $fd_sync (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_datasync" (func $fd_datasync (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_advise" (func $fd_advise (param i32 i64 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_allocate" (func $fd_allocate (param i32 i64 i64) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fd_fdstat_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $fd_set_flags (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_set_rights" (func $fd_set_rights (param i32 i64 i64) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fd_stat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $fd_set_size (param i32 i64) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_set_times" (func $fd_times (param i32 i64 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $fd_prestat_name (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv" (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send" (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_shutdown" (func $sock_shutdown (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
"#;

/// Below 64 KiB: a buffer for `fd_write` at 0, what was opened at 16, lines at 32, what was read at 1024.
const HELPERS: &str = r#"
    (func $print (param $ptr i32) (param $len i32)
        (i32.store (i32.const 0) (local.get $ptr)) (i32.store (i32.const 4) (local.get $len))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func $digits (param $errno i32)
        (i32.store8 (i32.const 32) (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
        (i32.store8 (i32.const 33) (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
        (call $print (i32.const 32) (i32.const 2)))
    (func $newline (i32.store8 (i32.const 32) (i32.const 10)) (call $print (i32.const 32) (i32.const 1)))
    (func $tell (param $errno i32) (call $digits (local.get $errno)) (call $newline))
    ;; One buffer of so many bytes at 1024, for `fd_read` and its kin.
    (func $buffer (param $len i32) (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (local.get $len)))
    ;; Of what was opened, at most 64 bytes; the error number in brackets when they cannot be read.
    (func $peek (param $errno i32) (local $fd i32)
        (if (local.get $errno) (then (call $tell (local.get $errno)) (return)))
        (local.set $fd (i32.load (i32.const 16)))
        (call $digits (i32.const 0))
        (call $buffer (i32.const 64))
        (local.set $errno (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 20)))
        (if (local.get $errno)
            (then
                (i32.store8 (i32.const 32) (i32.const 33)) (call $print (i32.const 32) (i32.const 1))
                (call $digits (local.get $errno)))
            (else (call $print (i32.const 1024) (i32.load (i32.const 20)))))
        (call $newline)
        (if (call $fd_close (local.get $fd)) (then unreachable)))
"#;
