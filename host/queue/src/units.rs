//! Sizes, durations and fuel as people write them: `64MiB`, `30s`, `10G`.

use thiserror::Error;

/// Why a quantity was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not {what}: write {example}")]
pub struct UnitError {
    text: String,
    what: &'static str,
    example: &'static str,
}

type Units = &'static [(&'static str, u64)];

const BYTES: Units = &[("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];
const DURATIONS: Units = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const FUEL: Units =
    &[("", 1), ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000)];

fn parse(text: &str, units: Units, what: &'static str, example: &'static str) -> Result<u64, UnitError> {
    let error = || UnitError { text: text.to_owned(), what, example };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| error())?;
    if number == 0 && unit.is_empty() {
        return Ok(0);
    }
    let (_, scale) = units.iter().find(|(name, _)| *name == unit).ok_or_else(error)?;
    number.checked_mul(*scale).ok_or_else(error)
}

/// `64MiB` → bytes. Binary units only; a bare `0` is accepted.
pub fn parse_bytes(text: &str) -> Result<u64, UnitError> {
    parse(text, BYTES, "a size", "a number with B, KiB, MiB or GiB, like `64MiB`")
}

/// `30s` → milliseconds. Units: ms, s, m, h, d; a bare `0` is accepted.
pub fn parse_duration_ms(text: &str) -> Result<u64, UnitError> {
    parse(text, DURATIONS, "a duration", "a number with ms, s, m, h or d, like `30s`")
}

/// `10G` → fuel units. Suffixes k, M, G and T, powers of a thousand; none means units.
pub fn parse_fuel(text: &str) -> Result<u64, UnitError> {
    parse(text, FUEL, "an amount of fuel", "a number, or one with k, M, G or T, like `10G`")
}

fn show(value: u64, units: Units) -> String {
    // Exact for what was written with a unit, so that parse(show(x)) == x.
    let (name, scale) = units
        .iter()
        .rev()
        .find(|(_, scale)| value >= *scale && value.is_multiple_of(*scale))
        .unwrap_or(&units[0]);
    format!("{}{name}", value / scale)
}

/// Bytes in the largest unit that shows them exactly.
pub fn show_bytes(bytes: u64) -> String {
    show(bytes, BYTES)
}

/// Milliseconds in the largest unit that shows them exactly.
pub fn show_duration_ms(ms: u64) -> String {
    show(ms, DURATIONS)
}

/// Fuel in the largest suffix that shows it exactly.
pub fn show_fuel(fuel: u64) -> String {
    show(fuel, FUEL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_wrong_unit_names_the_text_and_shows_an_example() {
        assert_eq!(
            parse_bytes("64MB").unwrap_err().to_string(),
            "`64MB` is not a size: write a number with B, KiB, MiB or GiB, like `64MiB`"
        );
        for text in ["", "MiB", "-1MiB", "1.5MiB", "64", "99999999999GiB", "1 MiB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
        assert_eq!(parse_bytes("16MiB"), Ok(16 << 20));
        assert_eq!(parse_duration_ms("250ms"), Ok(250));
        assert_eq!(parse_duration_ms("10m"), Ok(600_000));
        assert_eq!(parse_fuel("50G"), Ok(50_000_000_000));
        assert_eq!(parse_fuel("123"), Ok(123));
    }

    proptest! {
        #[test]
        fn what_is_shown_parses_back(value in any::<u64>()) {
            prop_assert_eq!(parse_bytes(&show_bytes(value)), Ok(value));
            prop_assert_eq!(parse_duration_ms(&show_duration_ms(value)), Ok(value));
            prop_assert_eq!(parse_fuel(&show_fuel(value)), Ok(value));
        }
    }
}
