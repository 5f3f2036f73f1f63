//! Numbers with a unit: sizes, durations and fuel, as the author writes them.

use crate::names::listed;

/// What a number measures; decides its units.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// In bytes.
    Size,
    /// In milliseconds.
    Duration,
    /// In units of fuel; the only one that needs none.
    Fuel,
}

impl Measure {
    const fn units(self) -> &'static [(&'static str, u64)] {
        match self {
            Self::Size => &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)],
            Self::Duration => &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)],
            Self::Fuel => &[("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000)],
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Self::Size => "16MiB",
            Self::Duration => "30s",
            Self::Fuel => "10G",
        }
    }

    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Size => "a size",
            Self::Duration => "a duration",
            Self::Fuel => "an amount of fuel",
        }
    }

    /// How it is written: `a size like "16MiB"`.
    pub(crate) fn wanted(self) -> String {
        format!("{} like `\"{}\"`", self.noun(), self.example())
    }
}

/// Reads `text`; the error is a sentence about `text`.
pub(crate) fn parse(measure: Measure, text: &str) -> Result<u64, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = (&text[..digits], text[digits..].trim_start());
    let names: Vec<&str> = measure.units().iter().map(|(name, _)| *name).collect();
    if number.is_empty() {
        return Err(format!(
            "`{text}` is not {}: write a whole number and one of {}",
            measure.wanted(),
            listed(&names)
        ));
    }
    if unit.starts_with('.') {
        return Err(format!("`{text}` is not a whole number: use a smaller unit, one of {}", listed(&names)));
    }
    let factor = match measure.units().iter().find(|(name, _)| *name == unit) {
        Some((_, factor)) => *factor,
        None if unit.is_empty() && measure == Measure::Fuel => 1,
        None if unit.is_empty() => {
            return Err(format!("`{text}` has no unit: write one of {} after it", listed(&names)));
        }
        None => {
            let meant = meant(measure, unit).map(|unit| format!(" (did you mean `{number}{unit}`?)"));
            return Err(format!(
                "`{unit}` is not a unit of {}: use {}{}",
                measure.noun(),
                listed(&names),
                meant.unwrap_or_default()
            ));
        }
    };
    let product = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match product {
        Some(0) => Err(format!("`{text}` is nothing: {} must be more than zero", measure.noun())),
        // Manifests are JSON, and the host keeps these as signed integers.
        Some(value) if i64::try_from(value).is_ok() => Ok(value),
        _ => Err(format!("`{text}` is too large")),
    }
}

/// The unit that people write out of habit from elsewhere.
fn meant(measure: Measure, unit: &str) -> Option<&'static str> {
    let lower = unit.to_ascii_lowercase();
    let habits: &[(&str, &str)] = match measure {
        Measure::Size => &[
            ("k", "KiB"),
            ("kb", "KiB"),
            ("kib", "KiB"),
            ("m", "MiB"),
            ("mb", "MiB"),
            ("mib", "MiB"),
            ("g", "GiB"),
            ("gb", "GiB"),
            ("gib", "GiB"),
        ],
        Measure::Duration => &[
            ("msec", "ms"),
            ("millis", "ms"),
            ("sec", "s"),
            ("secs", "s"),
            ("seconds", "s"),
            ("min", "m"),
            ("mins", "m"),
            ("minutes", "m"),
            ("hr", "h"),
            ("hour", "h"),
            ("hours", "h"),
        ],
        Measure::Fuel => &[("k", "k"), ("m", "M"), ("g", "G"), ("b", "G"), ("t", "T")],
    };
    habits.iter().find(|(habit, _)| *habit == lower).map(|(_, unit)| *unit)
}

#[cfg(test)]
mod tests {
    use super::{Measure, parse};

    #[test]
    fn sizes_durations_and_fuel_are_read_in_their_units() {
        assert_eq!(parse(Measure::Size, "16MiB"), Ok(16 << 20));
        assert_eq!(parse(Measure::Size, "64 KiB"), Ok(64 << 10));
        assert_eq!(parse(Measure::Duration, "250ms"), Ok(250));
        assert_eq!(parse(Measure::Duration, "2h"), Ok(7_200_000));
        assert_eq!(parse(Measure::Fuel, "50G"), Ok(50_000_000_000));
        assert_eq!(parse(Measure::Fuel, "1500"), Ok(1500));
    }

    #[test]
    fn what_is_not_a_number_with_a_unit_is_explained() {
        for (measure, text, says) in [
            (Measure::Size, "16MB", "did you mean `16MiB`?"),
            (Measure::Size, "16", "has no unit"),
            (Measure::Size, "1.5GiB", "use a smaller unit"),
            (Measure::Size, "lots", "write a whole number"),
            (Measure::Size, "0MiB", "more than zero"),
            (Measure::Duration, "5min", "did you mean `5m`?"),
            (Measure::Fuel, "1b", "did you mean `1G`?"),
            (Measure::Fuel, "99999999T", "too large"),
        ] {
            let error = parse(measure, text).expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
