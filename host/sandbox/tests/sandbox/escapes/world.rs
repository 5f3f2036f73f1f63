//! A piece of a host around a grant: what is outside of it, what links lead there, and whether
//! anything was changed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use cofferdam_sandbox::{Grant, Quota, Request};

use crate::support::plain;

/// What no guest may ever read.
pub const SECRET: &str = "secret-of-the-host";

pub struct World {
    pub root: tempfile::TempDir,
}

/// Whatever would tell that somebody was there: kind, size, links, inode, both times that a
/// change leaves, contents.
type State = BTreeMap<PathBuf, (u32, u64, u64, u64, [i64; 4], Vec<u8>)>;

impl World {
    /// `secret`, `outside/secret` and `outside/deep/secret` are outside; `granted/file`,
    /// `granted/a/file` and `granted/a/b/file` say "inside".
    pub fn new() -> Self {
        let world = Self { root: tempfile::tempdir().expect("a directory") };
        for dir in ["outside/deep", "granted/a/b"] {
            fs::create_dir_all(world.path(dir)).expect("made");
        }
        for secret in ["secret", "outside/secret", "outside/deep/secret", "outside/file"] {
            fs::write(world.path(secret), SECRET).expect("written");
        }
        for file in ["granted/file", "granted/a/file", "granted/a/b/file"] {
            fs::write(world.path(file), "inside").expect("written");
        }
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn granted(&self) -> PathBuf {
        self.path("granted")
    }

    /// A link in the grant, to a target that may lead anywhere.
    pub fn link(&self, name: &str, target: impl AsRef<Path>) {
        symlink(target, self.granted().join(name)).expect("linked");
    }

    /// The links that every test of links tries: `NAME` in the grant leads to `TARGET`.
    pub fn links_to_files_outside(&self) -> [&'static str; 6] {
        symlink("outside/secret", self.path("link-outside")).expect("linked");
        self.link("relative", "../secret");
        self.link("absolute", self.path("secret"));
        self.link("chain", "chain-2");
        self.link("chain-2", "a/chain-3");
        self.link("a/chain-3", "../../outside/secret");
        self.link("to-a-link", "../link-outside");
        self.link("there-and-back", "../granted/file");
        self.link("absolute-and-back", self.path("granted/file"));
        ["relative", "absolute", "chain", "to-a-link", "there-and-back", "absolute-and-back"]
    }

    pub fn links_to_directories_outside(&self) {
        self.link("out", "../outside");
        self.link("out-absolute", self.path("outside"));
        self.link("root", "/");
        self.link("a/out", "b/../../../outside");
        self.link("a/b/out", "../../out");
        self.link("proc", "/proc/self");
        self.link("fd", "/dev/fd");
    }

    pub fn request(&self, write: bool) -> Request {
        self.request_for(&[("granted", write)])
    }

    pub fn request_for(&self, grants: &[(&str, bool)]) -> Request {
        let mut request = plain();
        request.grants = grants
            .iter()
            .map(|(name, write)| Grant {
                name: (*name).to_owned(),
                dir: self.path(name),
                write: *write,
                quota: Quota { files: u32::MAX, ..Quota::default() },
            })
            .collect();
        request
    }

    /// Everything but what a guest with a write grant may change.
    pub fn outside(&self) -> State {
        let mut state = self.everything();
        let granted = self.granted();
        state.retain(|path, _| !path.starts_with(&granted));
        state
    }

    pub fn everything(&self) -> State {
        let mut state = State::new();
        look_at(self.root.path(), &mut state);
        state
    }
}

fn look_at(path: &Path, state: &mut State) {
    let metadata = path.symlink_metadata().expect("it is there");
    let content = match metadata.file_type() {
        kind if kind.is_symlink() => {
            fs::read_link(path).expect("a link").into_os_string().into_encoded_bytes()
        }
        kind if kind.is_file() => fs::read(path).expect("a file"),
        _ => Vec::new(),
    };
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    let links = metadata.nlink();
    state.insert(path.to_owned(), (metadata.mode(), metadata.len(), links, metadata.ino(), times, content));
    if metadata.is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            look_at(&entry.expect("an entry").path(), state);
        }
    }
}
