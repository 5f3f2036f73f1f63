//! libFuzzer's way into `module`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: cofferdam_fuzz::seeds::write_if_asked("module"), |bytes: &[u8]| {
    cofferdam_fuzz::module(bytes)
});
