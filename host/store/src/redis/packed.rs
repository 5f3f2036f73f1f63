//! Values as they are stored: compressed when that pays.

use std::borrow::Cow;

use bytes::Bytes;

use super::form;

const RAW: u8 = b'r';
const LZ4: u8 = b'z';
const REPORT: u8 = b'd';
const FORM: u8 = b'f';

/// What most reports have in common. Stored reports are read with it: never changed, a better
/// one gets a tag of its own.
const COMMON: &[u8] = br#""message":""requested_bytes":,"exit_code":1,"outcome":"failed"","outcome":"interrupted","exit_code":143,"output":null,"children":[],"stdout":"","stderr":"","backtrace":[]{"outcome":"completed","exit_code":0,"id":"","attempt":1,"kind":"","module":"sha256:","memory":{"cap_bytes":1048576,"peak_bytes":1},"host":{"allowance_bytes":4194304,"peak_bytes":524292},"fuel":{"cap":1000000000000,"used":1,"model":1},"wall_ms":0,"checkpoint":{"count":0,"bytes":0}}"#;

/// No value that a store takes is as large; what says that it is was not written by one.
const UNPACKED_BYTES_MAX: usize = 128 << 20;

/// Below this there is little to gain, and most values are below.
const WORTH_BYTES: usize = 1_024;

/// A tag, then the bytes or what is left of them.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() >= WORTH_BYTES {
        let compressed = lz4_flex::block::compress_prepend_size(bytes);
        // One part in eight: less does not pay for the way back.
        if compressed.len() < bytes.len() - bytes.len() / 8 {
            return tagged(LZ4, &compressed);
        }
    }
    tagged(RAW, bytes)
}

/// The same for the report of an attempt: one is kept for each job, and they are much alike.
pub(super) fn pack_report(report: &[u8]) -> Vec<u8> {
    if let Some(packed) = form::take_out(report, vec![FORM]) {
        return packed;
    }
    let compressed = lz4_flex::block::compress_prepend_size_with_dict(report, COMMON);
    if compressed.len() < report.len() { tagged(REPORT, &compressed) } else { tagged(RAW, report) }
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(bytes.len() + 1);
    packed.push(tag);
    packed.extend_from_slice(bytes);
    packed
}

/// What was packed; an error for what was not.
pub(super) fn unpack(packed: &[u8]) -> Result<Bytes, String> {
    match packed.split_first() {
        Some((&RAW, bytes)) => Ok(Bytes::copy_from_slice(bytes)),
        Some((&LZ4, bytes)) => inflate(bytes, &[]),
        Some((&REPORT, bytes)) => inflate(bytes, COMMON),
        Some((&FORM, fields)) => match form::fill_in(fields) {
            Some(report) => Ok(report.into()),
            None => Err("a report is damaged".to_owned()),
        },
        Some((tag, _)) => Err(format!("a value begins with `{}`", Cow::from(tag.escape_ascii().to_string()))),
        None => Err("a value is empty".to_owned()),
    }
}

fn inflate(bytes: &[u8], dictionary: &[u8]) -> Result<Bytes, String> {
    let damaged = |error: String| format!("a compressed value is damaged: {error}");
    let (size, bytes) =
        lz4_flex::block::uncompressed_size(bytes).map_err(|error| damaged(error.to_string()))?;
    if size > UNPACKED_BYTES_MAX {
        return Err(damaged(format!("it claims to be {size} bytes")));
    }
    let inflated = lz4_flex::block::decompress_with_dict(bytes, size, dictionary);
    inflated.map(Bytes::from).map_err(|error| damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_what_repeats_shrinks() {
        let text = b"the same again and again, ".repeat(100);
        let mut word = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (word >> 56) as u8
        })
        .take(5_000)
        .collect();
        for bytes in [&b""[..], b"short", &text, &noise] {
            assert_eq!(unpack(&pack(bytes)).unwrap(), bytes);
        }
        assert!(pack(&text).len() < text.len() / 4);
        assert_eq!(pack(&noise).len(), noise.len() + 1);
    }

    #[test]
    fn a_report_shrinks_to_what_is_its_own() {
        let report = br#"{"outcome":"completed","exit_code":0,"id":"01m81r3rmf2hsar5mfe12y5f1j","attempt":1,"kind":"bench.noop","module":"sha256:654e6522d30a94644ddee990ca15777f71d9a00b10dc0c1d1c0a2984b333664b","memory":{"cap_bytes":1048576,"peak_bytes":131320},"host":{"allowance_bytes":4194304,"peak_bytes":524292},"fuel":{"cap":1000000000000,"used":56,"model":1},"wall_ms":0,"checkpoint":{"count":0,"bytes":0}}"#;
        // One that is of the form, and one that is not.
        let resumed = [&report[..report.len() - 1], br#","resumed":true}"#].concat();
        for report in [&report[..], &resumed, b"", b"{}"] {
            assert_eq!(unpack(&pack_report(report)).unwrap(), report);
        }
        assert!(pack_report(report).len() < 110, "{}", pack_report(report).len());
        assert!(pack_report(&resumed).len() < 180, "{}", pack_report(&resumed).len());
    }

    #[test]
    fn what_was_not_packed_is_refused() {
        for bytes in [&b""[..], b"x", b"z\xff\xff\xff\x7fabc"] {
            assert!(unpack(bytes).is_err());
        }
    }
}
