//! What commands print: text for people, or with `--json` one object (lists: one
//! object a line). The only file that writes to stdout.
//!
//! Guests and pushers choose names, messages and log lines: what they wrote reaches a
//! terminal only with its control characters escaped.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Where a command's result goes.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON, or text for people.
    pub fn new(json: bool) -> Output {
        Output { json }
    }

    /// Whether `--json` was given.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// A person watches, so that a progress bar makes sense: stderr is a terminal.
    pub fn is_watched(self) -> bool {
        io::stderr().is_terminal()
    }

    /// `text` as a cell of a table: for people who read it on a terminal the middle of what is
    /// longer than that is left out; a pipe gets all of it.
    pub fn cut(self, text: &str, chars_max: usize) -> String {
        if io::stdout().is_terminal() { without_middle(text, chars_max) } else { text.to_owned() }
    }

    /// One object on one line.
    pub fn object<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        self.write(&json_line(value)?)
    }

    /// One line for people.
    pub fn line(self, text: impl AsRef<str>) -> Result<(), Failure> {
        self.write(format!("{}\n", escaped(text.as_ref())).as_bytes())
    }

    /// Columns for people, padded to the widest cell; nothing at all without rows.
    pub fn table(self, head: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write(columns(head, rows).as_bytes())
    }

    /// Bytes that somebody asked for as they are (`jobs output`, a guest's stdout). On a
    /// terminal its control characters are escaped, except for line feeds and tabs.
    pub fn raw(self, bytes: &[u8]) -> Result<(), Failure> {
        if io::stdout().is_terminal() {
            return self.write(escaped_lines(&String::from_utf8_lossy(bytes)).as_bytes());
        }
        self.write(bytes)
    }

    /// A remark that is not the result: on stderr, so that pipes get only the result.
    pub fn note(self, text: impl AsRef<str>) {
        // A closed stderr must not end a command that has a result to give.
        let _ = writeln!(io::stderr(), "{}", escaped(text.as_ref()));
    }

    fn write(self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::no_reader(),
            _ => Failure::new(format!("cannot write to stdout: {error}")),
        })
    }
}

/// `value` as one line of JSON that is safe to show on a terminal.
pub fn json_line<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Failure> {
    let mut line = Vec::new();
    value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut line, PlainText))
        .map_err(|error| Failure::new(format!("cannot write the result as JSON: {error}")))?;
    line.push(b'\n');
    Ok(line)
}

/// JSON escapes the control characters below 0x20 by itself. The ones from 0x7f on
/// would reach the terminal, where 0x9b begins a command too.
struct PlainText;

impl serde_json::ser::Formatter for PlainText {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if !fragment.chars().any(is_harmful) {
            return writer.write_all(fragment.as_bytes());
        }
        fragment.chars().try_for_each(|c| match is_harmful(c) {
            true => write!(writer, "\\u{:04x}", c as u32),
            false => write!(writer, "{c}"),
        })
    }
}

/// Control characters, and those that turn the direction of the text around them.
fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` on one line, with control characters written out.
pub fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// `text` with control characters written out, except for line feeds and tabs.
pub fn escaped_lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

fn escape(text: &str, spare: fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| is_harmful(c) && !spare(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_harmful(c) && !spare(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

fn without_middle(text: &str, chars_max: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= chars_max {
        return text.to_owned();
    }
    let kept = chars_max.saturating_sub(3);
    let tail = &chars[chars.len() - kept / 2..];
    chars[..kept - kept / 2].iter().chain(&['.', '.', '.']).chain(tail).collect()
}

fn columns(head: &[&str], rows: &[Vec<String>]) -> String {
    let head = head.iter().map(|title| title.to_string()).collect();
    let lines: Vec<Vec<Cow<'_, str>>> = std::iter::once(&head)
        .chain(rows)
        .map(|row| row.iter().map(|cell| escaped(cell)).collect())
        .collect();
    let mut widths = vec![0; head.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        let mut row = String::new();
        for (width, cell) in widths.iter().zip(line) {
            // Unwrap safety: writing to a `String` does not fail, so the result says nothing.
            let _ = write!(row, "{cell:<width$}  ");
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_of_a_guest_never_reaches_the_terminal() {
        assert_eq!(escaped("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
        assert_eq!(escaped_lines("a\u{9b}2J\n\tb\r"), "a\\u{9b}2J\n\tb\\r");
        assert_eq!(escaped("\u{202e}txt.exe"), "\\u{202e}txt.exe");
        assert_eq!(escaped("Zürich 🛩"), "Zürich 🛩");
    }

    #[test]
    fn json_escapes_what_a_terminal_would_obey_and_parses_back() {
        let text = "a\u{1b}\u{7f}\u{9b}2J\u{202e}ü\"";
        let line = json_line(text).unwrap();
        assert!(String::from_utf8_lossy(&line).chars().all(|c| c == '\n' || !is_harmful(c)));
        assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), text);
    }

    #[test]
    fn what_is_too_long_for_a_cell_keeps_both_of_its_ends() {
        assert_eq!(without_middle("0123456789", 10), "0123456789");
        assert_eq!(without_middle("0123456789a", 10), "0123...89a");
        assert_eq!(without_middle(&"x".repeat(264), 40).chars().count(), 40);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["a".to_owned(), "running".to_owned()], vec!["long".to_owned(), "x".to_owned()]];
        assert_eq!(columns(&["ID", "STATE"], &rows), "ID    STATE\na     running\nlong  x\n");
    }
}
