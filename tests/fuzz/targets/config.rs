//! libFuzzer's way into `config`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: cofferdam_fuzz::seeds::write_if_asked("config"), |bytes: &[u8]| {
    cofferdam_fuzz::config(bytes)
});
