//! Errors for people: what happened, to which thing, and what to do about it.
//!
//! A command that ends with a [`Failure`] has printed no result. Whether an attempt
//! failed is not a failure of the command that ran it: that is in its report.

use std::fmt;

use cofferdam_queue::{EnqueueError, StoreError};

use crate::exit::ExitCode;
use crate::output::escaped_lines;

/// Why a command could not do what was asked.
#[derive(Debug)]
pub struct Failure {
    cause: Cause,
    what: String,
    hints: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The command line or the configuration.
    Usage,
    /// The world.
    World,
    /// Nobody reads our output any more: nothing to tell, and nobody to tell it to.
    NoReader,
}

/// Which code a command's own mistakes have: `run` passes a guest's codes through, so
/// its own are moved out of their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistakes {
    /// 1, and 2 for usage.
    Usual,
    /// 125 for all.
    OfRun,
}

impl Failure {
    /// Something could not be done: `what` names what and to which thing, in lower case.
    pub fn new(what: impl fmt::Display) -> Failure {
        Failure { cause: Cause::World, what: what.to_string(), hints: Vec::new() }
    }

    /// What was asked makes no sense: a flag, an argument, a key of the configuration.
    pub fn usage(what: impl fmt::Display) -> Failure {
        Failure { cause: Cause::Usage, ..Failure::new(what) }
    }

    /// The reader of our output has gone away.
    pub fn no_reader() -> Failure {
        Failure { cause: Cause::NoReader, ..Failure::new("nobody reads the output") }
    }

    /// What to do about it.
    pub fn hint(mut self, hint: impl fmt::Display) -> Failure {
        self.hints.push(hint.to_string());
        self
    }

    /// What happened, without the remedy.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Says it on stderr; returns what to exit with. That nobody reads is not worth a word, but
    /// what was done all the same is.
    pub fn tell(&self, mistakes: Mistakes) -> ExitCode {
        if self.cause != Cause::NoReader || !self.hints.is_empty() {
            // Standard error may be closed too; then there is nobody left to tell.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), self.to_string().as_bytes());
        }
        match (self.cause, mistakes) {
            (Cause::NoReader, _) => ExitCode::DONE,
            (_, Mistakes::OfRun) => ExitCode::HOST,
            (Cause::Usage, Mistakes::Usual) => ExitCode::USAGE,
            (Cause::World, Mistakes::Usual) => ExitCode::FAILED,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", escaped_lines(&self.what))?;
        self.hints.iter().try_for_each(|hint| writeln!(f, "hint: {}", escaped_lines(hint)))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::new(error)
    }
}

impl From<EnqueueError> for Failure {
    fn from(error: EnqueueError) -> Failure {
        Failure::new(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_of_run_never_looks_like_a_code_of_its_guest() {
        for failure in [Failure::new("x"), Failure::usage("x")] {
            assert_eq!(failure.tell(Mistakes::OfRun), ExitCode::HOST);
        }
        assert_eq!(Failure::usage("x").tell(Mistakes::Usual), ExitCode::USAGE);
        assert_eq!(Failure::new("x").tell(Mistakes::Usual), ExitCode::FAILED);
    }

    #[test]
    fn an_error_shows_its_remedy_and_no_control_characters() {
        let failure = Failure::new("no file `a\u{1b}[2J`").hint("name another");
        assert_eq!(failure.to_string(), "error: no file `a\\u{1b}[2J`\nhint: name another\n");
    }
}
