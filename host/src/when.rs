//! Points in time, as people read and write them: RFC 3339, and how long ago.
//!
//! Always UTC: a job's time is read on another machine than it was written on. Leap
//! seconds are deliberately absent, as in Unix time.

use std::time::{SystemTime, UNIX_EPOCH};

use cofferdam_queue::{Timestamp, parse_duration_ms, show_duration_ms};

const DAY_MS: i64 = 86_400_000;
/// Ten years: what is put off for longer is a mistyped unit.
const DELAY_MS_MAX: u64 = 3_653 * DAY_MS as u64;

/// Now, by this machine's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// `2026-03-01T12:00:00.250Z`; without the fraction when there is none.
pub fn rfc3339(at: Timestamp) -> String {
    // Beyond the year 9999 the format ends; nothing is ever due there.
    let ms = i64::try_from(at.0).unwrap_or(i64::MAX).min(253_402_300_799_999);
    let (days, in_day) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (year, month, day) = date_of(days);
    let (seconds, fraction) = (in_day / 1_000, in_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:03}") };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// `2026-03-01T12:00:00Z (3m ago)`, to the second.
pub fn shown(at: Timestamp, now: Timestamp) -> String {
    let second = Timestamp(at.0 / 1_000 * 1_000);
    format!("{} ({})", rfc3339(second), relative(at, now))
}

/// `3m ago`, `in 2h`, `now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    match (now.since_ms(at), at.since_ms(now)) {
        (0..1_000, 0..1_000) => "now".to_owned(),
        (ago, 0) => format!("{} ago", rounded(ago)),
        (_, ahead) => format!("in {}", rounded(ahead)),
    }
}

/// A duration for people, in its two largest units: `250ms`, `3.2s`, `4m 10s`, `2h 5m`, `3d 4h`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms}ms"),
        1_000..60_000 => format!("{:.1}s", ms as f64 / 1_000.0),
        60_000..3_600_000 => format!("{}m {}s", ms / 60_000, ms / 1_000 % 60),
        3_600_000..86_400_000 => format!("{}h {}m", ms / 3_600_000, ms / 60_000 % 60),
        _ => format!("{}d {}h", ms / 86_400_000, ms / 3_600_000 % 24),
    }
}

/// The same in its largest unit alone.
fn rounded(ms: u64) -> String {
    match ms / 1_000 {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3_600 => format!("{}m", seconds / 60),
        seconds @ 3_600..172_800 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// Reads how long a job is put off: `30s`, `10m`, `2h`.
///
/// # Errors
/// One sentence that names the unit, or the bound.
pub fn parse_delay_ms(text: &str) -> Result<u64, String> {
    match parse_duration_ms(text).map_err(|error| error.to_string())? {
        ms if ms > DELAY_MS_MAX => {
            Err(format!("`{text}` is too long: ten years, `{}`, is the most", show_duration_ms(DELAY_MS_MAX)))
        }
        ms => Ok(ms),
    }
}

/// Reads RFC 3339: a date, a time, and `Z` or an offset.
///
/// # Errors
/// One sentence with an example; also for days that no calendar has, and for times
/// before 1970.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    read(text).ok_or_else(|| {
        let text: String = text.chars().take(40).flat_map(char::escape_default).collect();
        format!("`{text}` is not a time: write it as `2026-03-01T12:00:00Z` or `2026-03-01T13:00:00+01:00`")
    })
}

fn read(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (clock, offset) = time.split_at(zone);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let real = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !real || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction_ms: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    let local = days_since_epoch(year, month, day) * DAY_MS
        + ((hour * 60 + minute) * 60 + second) * 1_000
        + fraction_ms;
    u64::try_from(local - offset_ms(offset)?).ok().map(Timestamp)
}

fn offset_ms(offset: &str) -> Option<i64> {
    let sign = match offset.as_bytes().first()? {
        b'Z' | b'z' => return (offset.len() == 1).then_some(0),
        b'+' => 1,
        _ => -1,
    };
    let [hour, minute] = numbers(&offset[1..], ':', [2, 2])?;
    (hour < 24 && minute < 60).then_some(sign * (hour * 60 + minute) * 60_000)
}

/// Exactly so many groups of exactly so many digits.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut found = [0; N];
    let mut groups = text.split(between);
    for (number, digits) in found.iter_mut().zip(digits) {
        let group = groups.next()?;
        if group.len() != digits || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = group.parse().ok()?;
    }
    groups.next().is_none().then_some(found)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counted in eras of 400 years that begin on a first of March, so that the leap day is the
/// last of its year.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month_of_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_of_march + 2) / 5 + 1;
    let month = if month_of_march < 10 { month_of_march + 3 } else { month_of_march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_five_centuries_is_written_and_read_back() {
        for day in 0..(500 * 365) {
            let at = Timestamp(day * DAY_MS as u64 + day % 86_400 * 1_000 + day % 1_000);
            assert_eq!(parse(&rfc3339(at)), Ok(at), "{}", rfc3339(at));
        }
    }

    #[test]
    fn known_instants_are_written_as_everybody_writes_them() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (1_709_251_199_000, "2024-02-29T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(Timestamp(ms)), text);
        }
    }

    #[test]
    fn an_offset_is_taken_off() {
        let noon = parse("2026-03-01T12:00:00Z").unwrap();
        for text in ["2026-03-01T13:00:00+01:00", "2026-03-01t06:30:00.000-05:30", "2026-03-01 12:00:00z"] {
            assert_eq!(parse(text), Ok(noon), "{text}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_refused_with_an_example() {
        for text in [
            "",
            "tomorrow",
            "2026-03-01",
            "2026-03-01T12:00:00",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:00:00.Z",
            "2026-3-1T12:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-03-01T12:00:00+1",
            "2026-03-01T12:00:00Z tomorrow",
            "+026-03-01T12:00:00Z",
        ] {
            assert!(parse(text).unwrap_err().contains("2026-03-01T12:00:00Z"), "{text}");
        }
    }

    #[test]
    fn a_delay_of_more_than_ten_years_is_refused_with_the_bound() {
        assert_eq!(parse_delay_ms("3653d"), Ok(3_653 * 86_400_000));
        assert!(parse_delay_ms("3654d").unwrap_err().contains("`3653d`, is the most"));
        assert!(parse_delay_ms("10").unwrap_err().contains("is not a duration"));
    }

    #[test]
    fn the_past_and_the_future_are_told_in_their_largest_unit() {
        let now = Timestamp(10_000_000_000);
        for (at, text) in [
            (now, "now"),
            (now - 999, "now"),
            (now - 3 * 60_000, "3m ago"),
            (now - 47 * 3_600_000, "47h ago"),
            (now - 50 * 3_600_000, "2d ago"),
            (now + 5_000, "in 5s"),
        ] {
            assert_eq!(relative(at, now), text);
        }
        assert_eq!(duration(250_000), "4m 10s");
        assert_eq!(shown(Timestamp(250), Timestamp(60_250)), "1970-01-01T00:00:00Z (1m ago)");
    }
}
