//! The directories around a guest: what it was granted, and what lies beside that.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use cofferdam_sandbox::Quota;

/// What is beside the grants, and in the one that may only be read.
const SECRET: &str = "not for guests";

/// One for each thread, as long as the process lives.
pub struct House {
    root: tempfile::TempDir,
    /// Everything outside the grant that may be written to.
    before: Vec<Thing>,
}

/// A file or directory, with what nobody may change about it.
#[derive(Debug, PartialEq, Eq)]
struct Thing {
    path: PathBuf,
    inode: u64,
    mode: u32,
    links: u64,
    modified_ns: (i64, i64),
    content: Option<Vec<u8>>,
}

impl House {
    /// Does something in the house of this thread.
    pub fn with(act: impl FnOnce(&House)) {
        thread_local!(static HOUSE: RefCell<Option<House>> = const { RefCell::new(None) });
        HOUSE.with_borrow_mut(|house| act(house.get_or_insert_with(House::build)));
    }

    fn build() -> House {
        // Guests that sync would wait for the disk.
        let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
        let at = |path: &str| root.path().join(path);
        for dir in ["beside", "grants", "grants/in", "grants/in/dir"] {
            fs::create_dir(at(dir)).expect("a directory");
        }
        for file in ["secret", "beside/secret", "grants/secret", "grants/in/file", "grants/in/dir/file"] {
            fs::write(at(file), SECRET).expect("a file");
        }
        symlink("../../secret", at("grants/in/link")).expect("a link");
        let mut house = House { root, before: Vec::new() };
        house.tidy_up();
        house.before = house.things();
        house
    }

    /// The directory of a grant.
    pub fn granted(&self, name: &str) -> PathBuf {
        self.root.path().join("grants").join(name)
    }

    /// The grant that may be written to, as it is at every start.
    pub fn tidy_up(&self) {
        let out = self.granted("out");
        if !out.exists() {
            fs::create_dir(&out).expect("a directory");
        }
        // The directory itself stays: its own time is part of what lies around it.
        for entry in fs::read_dir(&out).expect("a readable directory") {
            let path = entry.expect("a readable entry").path();
            let gone = if is_dir(&path) { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            gone.expect("what can be removed");
        }
        fs::write(out.join("file"), "some text\n").expect("a file");
        fs::create_dir(out.join("dir")).expect("a directory");
        symlink("../../secret", out.join("up")).expect("a link");
        symlink("/etc/passwd", out.join("away")).expect("a link");
        symlink("..", out.join("dots")).expect("a link");
    }

    /// Nothing outside the grant is another, and no more is in it than its quota.
    pub fn is_as_it_was(&self, quota: Quota) {
        assert_eq!(self.things(), self.before);
        let (mut files, mut bytes) = (0, 0);
        count(&self.granted("out"), &mut files, &mut bytes);
        // As many as it began with beside what it may make.
        assert!(files <= quota.files + 5, "{files} files");
        assert!(bytes <= quota.bytes + 10, "{bytes} bytes");
    }

    fn things(&self) -> Vec<Thing> {
        let mut things = Vec::new();
        look(self.root.path(), &self.granted("out"), &mut things);
        things.sort_by(|one, other| one.path.cmp(&other.path));
        things
    }
}

fn is_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|seen| seen.is_dir())
}

fn look(path: &Path, leave_out: &Path, things: &mut Vec<Thing>) {
    if path == leave_out {
        return;
    }
    let seen = fs::symlink_metadata(path).expect("what was there before");
    things.push(Thing {
        path: path.to_owned(),
        inode: seen.ino(),
        mode: seen.mode(),
        links: seen.nlink(),
        modified_ns: (seen.mtime(), seen.mtime_nsec()),
        content: seen.is_file().then(|| fs::read(path).expect("a readable file")),
    });
    if seen.is_dir() {
        for entry in fs::read_dir(path).expect("a readable directory") {
            look(&entry.expect("a readable entry").path(), leave_out, things);
        }
    }
}

fn count(path: &Path, files: &mut u32, bytes: &mut u64) {
    for entry in fs::read_dir(path).expect("a readable directory") {
        let path = entry.expect("a readable entry").path();
        let seen = fs::symlink_metadata(&path).expect("an entry");
        *files += 1;
        *bytes += if seen.is_file() { seen.len() } else { 0 };
        if seen.is_dir() {
            count(&path, files, bytes);
        }
    }
}
