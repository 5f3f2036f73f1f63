//! An input as the command line takes it: JSON as it stands, `@FILE`, or `-` for stdin.

use std::path::Path;

use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::bounded_file::{self, ReadError, TooLarge};
use crate::failure::Failure;

/// Why there is no input.
#[derive(Debug)]
pub enum InputError {
    /// It could not be read.
    Unreadable(Failure),
    /// It is over the limit.
    TooLarge(TooLarge),
}

/// Reads what was given, which is not more than `limit_bytes`; nothing given is `null`.
pub fn read(given: Option<&str>, limit_bytes: u64) -> Result<Bytes, InputError> {
    let Some(given) = given else { return Ok(Bytes::from_static(b"null")) };
    let read = match (given, given.strip_prefix('@')) {
        ("-", _) => bounded_file::read_stream(std::io::stdin().lock(), limit_bytes),
        (_, Some(file)) => bounded_file::read(Path::new(file), limit_bytes),
        (text, None) => match text.len() as u64 {
            bytes if bytes > limit_bytes => {
                Err(ReadError::TooLarge(TooLarge { bytes: Some(bytes), limit_bytes }))
            }
            _ => Ok(text.as_bytes().to_vec()),
        },
    };
    match read {
        Ok(read) => Ok(Bytes::from(read)),
        Err(ReadError::TooLarge(too_large)) => Err(InputError::TooLarge(too_large)),
        Err(ReadError::Unreadable(error)) => {
            Err(InputError::Unreadable(Failure::new(format!("cannot read the input `{given}`: {error}"))))
        }
    }
}

/// Whether it is JSON.
///
/// # Errors
/// Line, column and cause of the first place where it is none.
pub fn check_json(input: &[u8]) -> Result<(), String> {
    // As text first: skipping over strings does not look into them.
    let text = std::str::from_utf8(input)
        .map_err(|error| format!("is not JSON: byte {} is not UTF-8", error.valid_up_to()))?;
    serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| {
        let full = error.to_string();
        let cause = full.rsplit_once(" at line ").map_or(full.as_str(), |(cause, _)| cause);
        format!("is not JSON at line {}, column {}: {cause}", error.line(), error.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_json_is_told_by_line_and_column() {
        for (input, expected) in [
            (&b"{\"a\": 1,\n \"b\" 2}"[..], "is not JSON at line 2, column 6: expected `:`"),
            (b"Ada", "is not JSON at line 1, column 1: expected value"),
            (b"", "is not JSON at line 1, column 0: EOF while parsing a value"),
            (b"1 2", "is not JSON at line 1, column 3: trailing characters"),
            (b"\"\xff\"", "is not JSON: byte 1 is not UTF-8"),
        ] {
            assert_eq!(check_json(input), Err(expected.to_owned()));
        }
        assert_eq!(check_json(b" {\"a\": [null, 1e3]}\n"), Ok(()));
    }

    #[test]
    fn an_input_over_the_limit_is_told_with_its_real_size() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, &[b' '; 1_000]).unwrap();
        let given = format!("@{}", file.path().display());
        for (given, bytes) in [(given.as_str(), Some(1_000)), ("@/dev/zero", None), ("01234567890", Some(11))]
        {
            let Err(InputError::TooLarge(too_large)) = read(Some(given), 10) else { panic!("{given}") };
            assert_eq!(too_large, TooLarge { bytes, limit_bytes: 10 });
        }
        assert_eq!(read(Some(&given), 1_000).unwrap().len(), 1_000);
        assert_eq!(read(None, 10).unwrap(), "null");
        let Err(InputError::Unreadable(failure)) = read(Some("@/no/such"), 10) else { panic!("read") };
        assert!(failure.what().contains("`@/no/such`"), "{failure}");
    }
}
