//! Values as they are stored: compressed when that pays.

use std::borrow::Cow;

use bytes::Bytes;

const RAW: u8 = b'r';
const LZ4: u8 = b'z';

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
        Some((&LZ4, bytes)) => {
            let bytes = lz4_flex::block::decompress_size_prepended(bytes);
            bytes.map(Bytes::from).map_err(|error| format!("a compressed value is damaged: {error}"))
        }
        Some((tag, _)) => Err(format!("a value begins with `{}`", Cow::from(tag.escape_ascii().to_string()))),
        None => Err("a value is empty".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_what_repeats_shrinks() {
        let text = b"the same again and again, ".repeat(100);
        let noise: Vec<u8> = (0..5_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for bytes in [&b""[..], b"short", &text, &noise] {
            assert_eq!(unpack(&pack(bytes)).unwrap(), bytes);
        }
        assert!(pack(&text).len() < text.len() / 4);
        assert_eq!(pack(&noise).len(), noise.len() + 1);
    }

    #[test]
    fn what_was_not_packed_is_refused() {
        for bytes in [&b""[..], b"x", b"z\xff\xff\xff\x7fabc"] {
            assert!(unpack(bytes).is_err());
        }
    }
}
