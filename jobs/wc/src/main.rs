//! Counts lines, words and bytes of its standard input.
//!
//! A plain program that knows nothing of Cofferdam: any such command is a job.

use std::io::{self, Read};

fn main() -> io::Result<()> {
    let counts = Counts::of(io::stdin().lock())?;
    println!("{} {} {}", counts.lines, counts.words, counts.bytes);
    Ok(())
}

#[derive(Debug, Default, PartialEq)]
struct Counts {
    lines: u64,
    words: u64,
    bytes: u64,
}

impl Counts {
    fn of(mut text: impl Read) -> io::Result<Self> {
        let mut counts = Self::default();
        let mut buffer = [0; 16 << 10];
        let mut in_word = false;
        loop {
            let chunk = match text.read(&mut buffer)? {
                0 => return Ok(counts),
                length => &buffer[..length],
            };
            counts.bytes += chunk.len() as u64;
            for byte in chunk {
                counts.lines += u64::from(*byte == b'\n');
                counts.words += u64::from(!byte.is_ascii_whitespace() && !in_word);
                in_word = !byte.is_ascii_whitespace();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn it_counts_as_wc_does() -> std::io::Result<()> {
        let text = "one two\n three\n\nfour";
        assert_eq!(Counts::of(text.as_bytes())?, Counts { lines: 3, words: 4, bytes: 20 });
        Ok(())
    }
}
