//! The job that does nothing, built into the program.

use bytes::Bytes;

/// `noop.wat`, assembled.
pub fn wasm() -> Bytes {
    Bytes::from_static(include_bytes!("noop.wasm"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_module_is_its_source_assembled() {
        let assembled = wat::parse_str(include_str!("noop.wat")).unwrap();
        assert_eq!(super::wasm(), assembled);
    }
}
