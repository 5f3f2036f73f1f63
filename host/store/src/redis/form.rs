//! The report of an attempt that completed, as what is its own: such a report is always written
//! alike, and one is kept for each job.
//!
//! Only what matches the form to the letter is put so; the same letters come out again.

use std::io::Write;

/// What stands between the fields, and what each field is. Stored reports are read with it: never
/// changed, a better one gets a tag of its own.
const FORM: &[(&str, Field)] = &[
    (r#"{"outcome":"completed","exit_code":0,"id":""#, Field::Text),
    (r#"","attempt":"#, Field::Number),
    (r#","kind":""#, Field::Text),
    (r#"","module":"sha256:"#, Field::Hash),
    (r#"","memory":{"cap_bytes":"#, Field::Number),
    (r#","peak_bytes":"#, Field::Number),
    (r#"},"host":{"allowance_bytes":"#, Field::Number),
    (r#","peak_bytes":"#, Field::Number),
    (r#"},"fuel":{"cap":"#, Field::Number),
    (r#","used":"#, Field::Number),
    (r#","model":"#, Field::Number),
    (r#"},"wall_ms":"#, Field::Number),
    (r#","checkpoint":{"count":"#, Field::Number),
    (r#","bytes":"#, Field::Number),
];
const END: &[u8] = b"}}";

#[derive(Clone, Copy)]
enum Field {
    /// Up to the next quote; its length in a byte, then the bytes.
    Text,
    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    Number,
    /// 64 digits, small ones, as 32 bytes.
    Hash,
}

/// The fields of a report, after `packed`. `None`: it is not of this form.
pub(super) fn take_out(report: &[u8], mut packed: Vec<u8>) -> Option<Vec<u8>> {
    let mut rest = report;
    for (before, field) in FORM {
        rest = rest.strip_prefix(before.as_bytes())?;
        rest = match field {
            Field::Text => {
                let (text, rest) = rest.split_at(rest.iter().position(|&byte| byte == b'"')?);
                packed.push(u8::try_from(text.len()).ok()?);
                packed.extend_from_slice(text);
                rest
            }
            Field::Number => {
                let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
                let (number, rest) = rest.split_at(digits);
                push_number(number, &mut packed)?;
                rest
            }
            Field::Hash => {
                let (digits, rest) = rest.split_at_checked(64)?;
                for pair in digits.chunks_exact(2) {
                    packed.push(digit(pair[0])? << 4 | digit(pair[1])?);
                }
                rest
            }
        };
    }
    (rest == END).then_some(packed)
}

/// The number, if these digits are how it is written.
fn push_number(digits: &[u8], packed: &mut Vec<u8>) -> Option<()> {
    if digits.is_empty() || digits.len() > 18 || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    // 18 digits fit into the nine bytes that are read back.
    let mut number = digits.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    while number >= 0x80 {
        packed.push(number as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
    Some(())
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

/// The report with these fields. `None`: they are not what [`take_out`] writes.
pub(super) fn fill_in(fields: &[u8]) -> Option<Vec<u8>> {
    let (mut rest, mut report) = (fields, Vec::with_capacity(512));
    for (before, field) in FORM {
        report.extend_from_slice(before.as_bytes());
        rest = match field {
            Field::Text => {
                let (&length, rest) = rest.split_first()?;
                let (text, rest) = rest.split_at_checked(usize::from(length))?;
                report.extend_from_slice(text);
                rest
            }
            Field::Number => {
                let last = rest.iter().position(|byte| byte & 0x80 == 0).filter(|last| *last < 9)?;
                let (number, rest) = rest.split_at(last + 1);
                let number = number.iter().rev().fold(0_u64, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
                write!(report, "{number}").ok()?;
                rest
            }
            Field::Hash => {
                let (hash, rest) = rest.split_at_checked(32)?;
                hash.iter().try_for_each(|byte| write!(report, "{byte:02x}")).ok()?;
                rest
            }
        };
    }
    report.extend_from_slice(END);
    rest.is_empty().then_some(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &[u8] = br#"{"outcome":"completed","exit_code":0,"id":"01m81r3rmf2hsar5mfe12y5f1j","attempt":1,"kind":"bench.noop","module":"sha256:654e6522d30a94644ddee990ca15777f71d9a00b10dc0c1d1c0a2984b333664b","memory":{"cap_bytes":1048576,"peak_bytes":131320},"host":{"allowance_bytes":4194304,"peak_bytes":524292},"fuel":{"cap":1000000000000,"used":56,"model":1},"wall_ms":0,"checkpoint":{"count":0,"bytes":0}}"#;

    #[test]
    fn a_report_of_this_form_comes_back_to_the_letter() {
        let fields = take_out(REPORT, Vec::new()).unwrap();
        assert!(fields.len() < 110, "{}", fields.len());
        assert_eq!(fill_in(&fields).unwrap(), REPORT);
    }

    #[test]
    fn whatever_byte_is_another_it_comes_back_to_the_letter_or_is_not_taken() {
        for at in 0..REPORT.len() {
            for byte in [b'0', b'A', b'"', b'}', b' ', 0xff] {
                let mut report = REPORT.to_vec();
                report[at] = byte;
                if let Some(fields) = take_out(&report, Vec::new()) {
                    assert_eq!(fill_in(&fields).unwrap(), report, "at {at}");
                }
            }
            assert!(take_out(&REPORT[..at], Vec::new()).is_none());
        }
    }

    #[test]
    fn however_long_a_number_is_it_comes_back_to_the_letter_or_is_not_taken() {
        let text = std::str::from_utf8(REPORT).unwrap();
        for digits in 1..=25 {
            let report = text.replace("\"used\":56", &format!("\"used\":{}", "9".repeat(digits)));
            if let Some(fields) = take_out(report.as_bytes(), Vec::new()) {
                assert_eq!(fill_in(&fields).unwrap(), report.as_bytes(), "{digits} digits");
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let fields = take_out(REPORT, Vec::new()).unwrap();
        for end in 0..fields.len() {
            assert!(fill_in(&fields[..end]).is_none(), "at {end}");
        }
        assert!(fill_in(&[&fields[..], b"x"].concat()).is_none());
    }
}
