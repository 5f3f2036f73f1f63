//! What the tests that failed said, kept so that it can be said again at the end: a long
//! run prints thousands of lines after them.

use std::fmt;

/// Lines kept of what one test said: its panic is among the first.
const LINES_KEPT: usize = 40;

/// What failing tests printed, in order.
#[derive(Debug, Default)]
pub struct Failures {
    said: Vec<Vec<String>>,
    reading: bool,
}

impl Failures {
    /// Keeps a line of `cargo test`'s output if a failing test said it: all that follows
    /// `---- name stdout ----` up to the next such line, or to the list of names.
    pub fn read(&mut self, line: &str) {
        if line.starts_with("---- ") && line.ends_with(" ----") {
            self.reading = true;
            self.said.push(Vec::new());
        } else if line == "failures:" {
            self.reading = false;
        }
        if let (true, Some(lines)) = (self.reading, self.said.last_mut())
            && lines.len() < LINES_KEPT
        {
            lines.push(line.to_owned());
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for lines in &self.said {
            writeln!(f, "\n{}", lines.join("\n").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failing_test_said_is_kept_and_nothing_else() {
        let mut failures = Failures::default();
        for line in [
            "test a ... ok",
            "failures:",
            "",
            "---- b stdout ----",
            "seed 7",
            "",
            "failures:",
            "    b",
            "test result: FAILED. 1 passed; 1 failed",
        ] {
            failures.read(line);
        }
        assert_eq!(failures.to_string(), "\n---- b stdout ----\nseed 7\n");
    }
}
