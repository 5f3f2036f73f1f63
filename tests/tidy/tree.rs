//! The tracked and the new files of the repository, read once.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// One file of the tree.
pub struct File {
    /// Its path from the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// All text files that are not ignored.
pub struct Tree {
    files: Vec<File>,
}

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(&root(), &root(), &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 50, "found only {} files below `{}`", files.len(), root().display());
    Tree { files }
});

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the root of the repository")
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(dir).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "target" || name == ".git" || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let path =
                path.strip_prefix(root).expect("a path below the root").to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
}

impl Tree {
    /// The tree that these tests lie in.
    pub fn read() -> &'static Tree {
        &TREE
    }

    /// Every file with this ending.
    pub fn ending(&self, ending: &str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.path.ends_with(ending))
    }

    /// Every Rust source.
    pub fn sources(&self) -> impl Iterator<Item = &File> {
        self.ending(".rs")
    }

    /// The file of this path.
    #[track_caller]
    pub fn file(&self, path: &str) -> &File {
        self.find(path).unwrap_or_else(|| panic!("there is no `{path}`"))
    }

    /// The file of this path, if it is there.
    pub fn find(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// One line of code.
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// Its text without a comment at its end.
    pub code: &'a str,
    /// Its whole text.
    pub whole: &'a str,
    /// It stands below `#[cfg(test)]`, or the whole file is a test.
    pub in_test: bool,
}

impl File {
    /// Its lines, each with what it is.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut in_test = self.is_test();
        self.text.lines().enumerate().map(move |(index, whole)| {
            // By custom a file's tests are its last item, so what follows is test code too;
            // `mod tests;` alone is a file of its own.
            in_test |= whole.trim() == "#[cfg(test)]";
            Line { number: index + 1, code: without_comment(whole), whole, in_test }
        })
    }

    /// Nothing in it ships.
    pub fn is_test(&self) -> bool {
        let folders = ["tests/", "benches/", "conformance/", "examples/"];
        folders
            .iter()
            .any(|folder| self.path.starts_with(folder) || self.path.contains(&format!("/{folder}")))
            || self.path.ends_with("/tests.rs")
            || self.path.ends_with("build.rs")
    }

    /// `path:line`, for a violation.
    pub fn at(&self, line: &Line<'_>) -> String {
        format!("{}:{}", self.path, line.number)
    }
}

/// Cuts a comment off. A `//` inside a literal is taken for one as well when a space or
/// the line's beginning is before it, which is good enough for looking for words.
fn without_comment(line: &str) -> &str {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") {
        return "";
    }
    line.split(" //").next().unwrap_or(line)
}
