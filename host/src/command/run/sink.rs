//! Where a guest's output ends: one of our own streams. A pipe or a file gets the bytes as
//! they are, a terminal gets no control characters of the guest's.

use std::io::{self, IsTerminal, Write};

use crate::output::escaped_lines;

/// One of our streams.
pub struct Sink<W> {
    to: W,
    is_terminal: bool,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl<W: Write + IsTerminal> Sink<W> {
    /// Onto a stream of this process.
    pub fn new(to: W) -> Sink<W> {
        let is_terminal = to.is_terminal();
        Sink { to, is_terminal, begun: Vec::new() }
    }
}

impl<W: Write> Sink<W> {
    /// Writes a chunk, and does not keep it.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_terminal {
            let text = decode(&mut self.begun, bytes);
            self.to.write_all(escaped_lines(&text).as_bytes())?;
        } else {
            self.to.write_all(bytes)?;
        }
        self.to.flush()
    }
}

/// As text, across the borders of chunks; what is not UTF-8 is replaced.
fn decode(begun: &mut Vec<u8>, bytes: &[u8]) -> String {
    begun.extend_from_slice(bytes);
    let whole = std::mem::take(begun);
    let mut text = String::with_capacity(whole.len());
    for chunk in whole.utf8_chunks() {
        text.push_str(chunk.valid());
        let invalid = chunk.invalid();
        let is_last = std::ptr::eq(invalid.as_ptr_range().end, whole.as_ptr_range().end);
        let is_begun = std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if is_last && is_begun {
            *begun = invalid.to_vec();
        } else if !invalid.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_escape_sequence_however_it_is_cut() {
        let mut sink = Sink { to: Vec::new(), is_terminal: true, begun: Vec::new() };
        for chunk in [&b"Z\xc3"[..], b"\xbcrich\x1b", b"[2J\n\xff\xc2", b"\x9b31m"] {
            sink.write(chunk).unwrap();
        }
        assert_eq!(String::from_utf8(sink.to).unwrap(), "Zürich\\u{1b}[2J\n\u{fffd}\\u{9b}31m");
    }

    #[test]
    fn a_pipe_gets_the_bytes_as_they_are() {
        let mut sink = Sink { to: Vec::new(), is_terminal: false, begun: Vec::new() };
        sink.write(b"\x1b[2J\xff").unwrap();
        assert_eq!(sink.to, b"\x1b[2J\xff");
    }
}
