//! The guest of a soak: what it is told to be, and how it must end.

use bytes::Bytes;
use cofferdam_queue::Outcome;

/// `guest.wat`, assembled.
pub fn wasm() -> Bytes {
    Bytes::from_static(include_bytes!("guest.wasm"))
}

/// Which hostile guests are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// All, and those among them that use up their fuel.
    Any,
    /// Those that ask for more than there is, and are ended for it.
    Bomb,
}

const HONEST: u8 = b'0';
const BOMBS: [u8; 5] = *b"12367";
const ALL: [u8; 7] = *b"1234567";

/// The input of one job.
pub fn input(hostile: bool, sort: Sort, random: u64) -> Bytes {
    let from: &'static [u8] = match (hostile, sort) {
        (false, _) => &[HONEST],
        (true, Sort::Any) => &ALL,
        (true, Sort::Bomb) => &BOMBS,
    };
    let at = (random % from.len() as u64) as usize;
    Bytes::from_static(&from[at..=at])
}

/// Whether the job with this input does what it should.
pub fn is_honest(input: &[u8]) -> bool {
    input == [HONEST]
}

/// How an attempt with this input has to end.
pub fn must_end(input: &[u8]) -> Outcome {
    match input {
        b"0" => Outcome::Completed,
        b"1" | b"2" => Outcome::MemoryLimit,
        b"4" | b"5" => Outcome::FuelLimit,
        _ => Outcome::Trapped,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_module_is_its_source_assembled() {
        let assembled = wat::parse_str(include_str!("guest.wat")).unwrap();
        assert_eq!(super::wasm(), assembled);
    }
}
