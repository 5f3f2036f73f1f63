//! Amounts of memory and fuel as people read them. What is written back into a
//! configuration is shown exactly, by the queue's `show_bytes` and its kin; this is for
//! figures that were measured.

/// `512 B`, `15.9 MiB`.
pub fn bytes(bytes: u64) -> String {
    scaled(bytes, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
}

/// `512`, `1.2 G`.
pub fn fuel(fuel: u64) -> String {
    scaled(fuel, 1000.0, &["", "k", "M", "G", "T", "P"]).trim_end().to_owned()
}

/// `27,004`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn scaled(value: u64, base: f64, units: &[&str]) -> String {
    let (mut value, mut unit) = (value as f64, 0);
    // 1023.96 would be shown as 1024.0 of the smaller unit.
    while value >= base - 0.05 && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    let rounded = format!("{value:.1}");
    format!("{} {}", rounded.strip_suffix(".0").unwrap_or(&rounded), units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_shown_in_the_unit_that_keeps_it_below_the_next() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(16 << 20), "16 MiB");
        assert_eq!(bytes((16 << 20) - 100_000), "15.9 MiB");
        assert_eq!(bytes((1 << 20) - 1), "1 MiB");
        assert_eq!(fuel(123), "123");
        assert_eq!(fuel(50_000_000_000), "50 G");
        assert_eq!(fuel(u64::MAX), "18446.7 P");
        assert_eq!(count(27_004), "27,004");
        assert_eq!(count(100), "100");
        assert_eq!(count(1_000_000), "1,000,000");
    }
}
