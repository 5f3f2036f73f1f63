//! The payload of a run. What is not given: `null` for a job, for a command what is piped
//! in, as for any other program in a pipe.

use std::io::IsTerminal;

use bytes::Bytes;
use cofferdam_sandbox::Shape;

use crate::bounded_file::{self, ReadError};
use crate::command::payload::{self, InputError};
use crate::failure::Failure;

/// Reads it. Blocks for as long as stdin is open, if that is where it comes from.
pub fn read(given: Option<&str>, shape: Shape, limit_bytes: u64) -> Result<Bytes, InputError> {
    match (given, shape) {
        (Some(_), _) | (None, Shape::Job) => payload::read(given, limit_bytes),
        (None, Shape::Command) if std::io::stdin().is_terminal() => Ok(Bytes::new()),
        (None, Shape::Command) => bounded_file::read_stream(std::io::stdin().lock(), limit_bytes)
            .map(Bytes::from)
            .map_err(|error| match error {
                ReadError::TooLarge(too_large) => InputError::TooLarge(too_large),
                ReadError::Unreadable(error) => InputError::Unreadable(Failure::new(format!(
                    "cannot read the payload from stdin: {error}"
                ))),
            }),
    }
}
