//! A file read whole, and never more of it than is allowed: what is named on the command line
//! may be anything, also something without an end.
//!
//! Pipes and devices are read like files: `<(...)` of a shell is one.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a file was not read.
#[derive(Debug)]
pub enum ReadError {
    /// The system's reason.
    Unreadable(io::Error),
    /// There is more of it than is allowed.
    TooLarge(TooLarge),
}

/// More than is allowed; reads on after the name of what is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// Its size; `None`: it was read to the limit, and there was more.
    pub bytes: Option<u64>,
    /// The most that is allowed.
    pub limit_bytes: u64,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit_bytes = self.limit_bytes;
        match self.bytes {
            Some(bytes) => write!(f, "is {bytes} bytes; at most {limit_bytes} are taken"),
            None => write!(f, "is more than {limit_bytes} bytes, and no more are taken"),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Unreadable(error) => error.fmt(f),
            ReadError::TooLarge(too_large) => write!(f, "it {too_large}"),
        }
    }
}

/// Reads the file. A regular one that is too large is not read at all.
pub fn read(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path).map_err(ReadError::Unreadable)?;
    let seen = file.metadata().map_err(ReadError::Unreadable)?;
    let bytes = Some(seen.len()).filter(|_| seen.is_file());
    if bytes.is_some_and(|bytes| bytes > limit_bytes) {
        return Err(ReadError::TooLarge(TooLarge { bytes, limit_bytes }));
    }
    let mut whole = Vec::with_capacity(bytes.map_or(0, |bytes| bytes as usize + 1));
    read_from(file, limit_bytes, &mut whole)?;
    Ok(whole)
}

/// Reads what comes from `stream`, which ends or is too large.
pub fn read_stream(stream: impl Read, limit_bytes: u64) -> Result<Vec<u8>, ReadError> {
    let mut whole = Vec::new();
    read_from(stream, limit_bytes, &mut whole)?;
    Ok(whole)
}

fn read_from(stream: impl Read, limit_bytes: u64, whole: &mut Vec<u8>) -> Result<(), ReadError> {
    stream.take(limit_bytes.saturating_add(1)).read_to_end(whole).map_err(ReadError::Unreadable)?;
    match whole.len() as u64 {
        bytes if bytes > limit_bytes => Err(ReadError::TooLarge(TooLarge { bytes: None, limit_bytes })),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: usize) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![b' '; bytes]).unwrap();
        file
    }

    #[test]
    fn a_file_is_read_up_to_its_limit_and_refused_beyond_it_with_its_size() {
        assert_eq!(read(file(10).path(), 10).unwrap().len(), 10);
        let error = read(file(1_000).path(), 10).unwrap_err();
        assert_eq!(error.to_string(), "it is 1000 bytes; at most 10 are taken");
        assert!(matches!(read(Path::new("/no/such"), 10), Err(ReadError::Unreadable(_))));
        assert!(matches!(read(Path::new("/"), 1 << 20), Err(ReadError::Unreadable(_))));
    }

    #[test]
    fn what_has_no_end_is_left_where_the_limit_is() {
        let error = read(Path::new("/dev/zero"), 1_000).unwrap_err();
        assert_eq!(error.to_string(), "it is more than 1000 bytes, and no more are taken");
        assert!(read_stream(io::repeat(0), 1_000).is_err());
        assert_eq!(read_stream(&b"abc"[..], 3).unwrap(), b"abc");
    }
}
