//! libFuzzer's way into `payload`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: cofferdam_fuzz::seeds::write_if_asked("payload"), |bytes: &[u8]| {
    cofferdam_fuzz::payload(bytes)
});
