//! Something wrong in a configuration file: in which line, and what is meant instead.

use std::fmt;
use std::path::PathBuf;

use crate::failure::Failure;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Mistake {
    /// All of them, as one failure; there is at least one.
    pub fn all(mistakes: Vec<Mistake>) -> Failure {
        let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        Failure::usage(lines.join("\n       "))
            .hint("`cofferdam check --keys` lists every key with its default")
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// The one of `known` that is most like `written`, if any is like it at all.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |name: &str| strsim::jaro_winkler(written, name);
    known
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}
