//! The payload of a run. What is not given: `null` for a job, for a command what is piped
//! in, as for any other program in a pipe.

use std::io::{IsTerminal, Read};

use bytes::Bytes;
use cofferdam_sandbox::Shape;

use crate::command::payload;
use crate::failure::Failure;

/// Reads it. Blocks for as long as stdin is open, if that is where it comes from. Not more
/// than one byte over `limit_bytes`: that is refused anyway, and names both figures.
pub fn read(given: Option<&str>, shape: Shape, limit_bytes: u64) -> Result<Bytes, Failure> {
    match (given, shape) {
        (Some(_), _) | (None, Shape::Job) => payload::read(given, limit_bytes),
        (None, Shape::Command) if std::io::stdin().is_terminal() => Ok(Bytes::new()),
        (None, Shape::Command) => {
            let mut read = Vec::new();
            match std::io::stdin().lock().take(limit_bytes + 1).read_to_end(&mut read) {
                Ok(_) => Ok(read.into()),
                Err(error) => Err(Failure::new(format!("cannot read the payload from stdin: {error}"))),
            }
        }
    }
}
