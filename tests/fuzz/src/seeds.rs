//! What fuzzing begins with, so that it need not find out what a format is.

mod calls;
mod payloads;
mod texts;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Names the directory that a fuzzing program writes its seeds to, before it begins.
pub const VARIABLE: &str = "COFFERDAM_FUZZ_SEEDS";

/// A guest that is larger says nothing that a smaller one does not.
const MODULE_BYTES_MAX: usize = 8 * 1024;

/// The seeds of a target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "manifest" => texts::manifests(),
        "module" => modules(),
        "payload" => payloads::payloads(),
        "config" => texts::configurations(),
        "host_calls" => calls::lists(),
        _ => Vec::new(),
    }
}

/// Writes them to where the environment says.
pub fn write_if_asked(target: &str) {
    let Some(dir) = std::env::var_os(VARIABLE).map(PathBuf::from) else { return };
    std::fs::create_dir_all(&dir).expect("a directory for the seeds");
    for (number, seed) in of(target).iter().enumerate() {
        std::fs::write(dir.join(format!("{number:04}")), seed).expect("a seed that can be written");
    }
}

/// What fuzzing found before, each in a file of its own.
pub fn regressions(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    files(&here().join("regressions").join(target), None)
}

/// The guests of the tests that are written as text.
fn modules() -> Vec<Vec<u8>> {
    let texts = files(&here().join("../guests/wat"), Some("wat"));
    assert!(texts.len() > 30, "the guests are not where they were");
    let modules = texts.into_iter().filter_map(|(_, text)| {
        let text = String::from_utf8(text).expect("text");
        wat::parse_str(text).ok()
    });
    modules.filter(|module| module.len() <= MODULE_BYTES_MAX).collect()
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a directory, in the order of their names; none when there is no directory.
fn files(dir: &Path, ending: Option<&str>) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    paths.retain(|path| ending.is_none() || path.extension() == ending.map(OsStr::new));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("a readable file"))).collect()
}
