//! Reading JSON with errors that name the field.
//!
//! `serde_json` says at which byte it stopped and what it wanted there; the
//! path to that byte is found by walking the text again, which costs nothing
//! until something is wrong and adds no code for each type.

use std::fmt::Write;

use serde::de::DeserializeOwned;

use crate::error::{Class, Error, Result};

/// Whose JSON is being read, for the error's text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject {
    Input,
    Checkpoint,
    Place,
}

/// Reads `bytes` as a `T`.
///
/// # Errors
/// Not retried: the same bytes would not read the next time either.
pub(crate) fn json<T: DeserializeOwned>(subject: Subject, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| explained(subject, bytes, &error))
}

#[cold]
fn explained(subject: Subject, bytes: &[u8], error: &serde_json::Error) -> Error {
    let is_json = error.is_data();
    let mut text = String::from(match (subject, is_json) {
        (Subject::Input, true) => "the input is not what this job takes",
        (Subject::Input, false) => "the input is not JSON",
        (Subject::Checkpoint, _) => "the last checkpoint is not the state that this module keeps",
        (Subject::Place, _) => "the last checkpoint is not the place of a resumable loop",
    });
    if is_json {
        let path = path_at(bytes, offset(bytes, error.line(), error.column()));
        if !path.is_empty() {
            // Writing to a string does not fail.
            let _written = write!(text, ": at `{path}`");
        }
    }
    let _written = write!(text, ": {error}");
    if !matches!(subject, Subject::Input) {
        text.push_str(" (raise `checkpoint_version` when the state changes)");
    }
    Error::msg(text).with_class(Class::Kill)
}

/// The byte that `serde_json` means by line and column, both counted from 1.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize =
        bytes.split(|&byte| byte == b'\n').take(line.saturating_sub(1)).map(|text| text.len() + 1).sum();
    (before + column).min(bytes.len())
}

enum Step {
    Key(String),
    Index(usize),
}

/// The path (`rows[3].carrier`) of the value that ends at or contains `end`.
fn path_at(bytes: &[u8], end: usize) -> String {
    let mut steps: Vec<Step> = Vec::new();
    let mut expects_key = false;
    let mut at = 0;
    while at < end {
        match bytes[at] {
            b'{' => {
                steps.push(Step::Key(String::new()));
                expects_key = true;
            }
            b'[' => steps.push(Step::Index(0)),
            // The closing byte of a value that misses something is the error's
            // place: then the path is the value's own, without its last member.
            b'}' | b']' => {
                steps.pop();
                expects_key = false;
            }
            b',' => match steps.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Key(_)) => expects_key = true,
                None => {}
            },
            b'"' => {
                let close = string_end(bytes, at);
                if expects_key && let Some(Step::Key(key)) = steps.last_mut() {
                    *key = String::from_utf8_lossy(&bytes[at + 1..close.min(bytes.len())]).into_owned();
                    expects_key = false;
                }
                at = close;
            }
            _ => {}
        }
        at += 1;
    }
    rendered(&steps)
}

/// The index of the quote that closes the string which opens at `open`.
fn string_end(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

fn rendered(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) if key.is_empty() => {}
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Step::Index(index) => {
                let _written = write!(path, "[{index}]");
            }
        }
    }
    path
}

#[cfg(test)]
mod tests;
