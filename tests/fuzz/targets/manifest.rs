//! libFuzzer's way into `manifest`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: cofferdam_fuzz::seeds::write_if_asked("manifest"), |bytes: &[u8]| {
    cofferdam_fuzz::manifest(bytes)
});
