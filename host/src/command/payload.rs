//! An input as the command line takes it: JSON as it stands, `@FILE`, or `-` for stdin.

use std::io::Read;

use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::failure::Failure;

/// Reads what was given; nothing given is `null`. Not more than one byte over `limit_bytes`,
/// so that whoever checks the size sees that it is too large.
pub fn read(given: Option<&str>, limit_bytes: u64) -> Result<Bytes, Failure> {
    let Some(given) = given else { return Ok(Bytes::from_static(b"null")) };
    let mut read = Vec::new();
    let done = match (given, given.strip_prefix('@')) {
        ("-", _) => std::io::stdin().lock().take(limit_bytes + 1).read_to_end(&mut read),
        (_, Some(file)) => {
            let opened = std::fs::File::open(file);
            opened.and_then(|opened| opened.take(limit_bytes + 1).read_to_end(&mut read))
        }
        (text, None) => return Ok(Bytes::copy_from_slice(text.as_bytes())),
    };
    match done {
        Ok(_) => Ok(Bytes::from(read)),
        Err(error) => Err(Failure::new(format!("cannot read the input `{given}`: {error}"))),
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
    fn a_large_file_is_not_read_to_its_end() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, &[b' '; 1_000]).unwrap();
        let given = format!("@{}", file.path().display());
        assert_eq!(read(Some(&given), 10).unwrap().len(), 11);
        assert_eq!(read(None, 10).unwrap(), "null");
        assert!(read(Some("@/no/such"), 10).unwrap_err().what().contains("`@/no/such`"));
    }
}
