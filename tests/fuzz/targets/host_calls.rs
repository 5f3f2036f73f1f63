//! libFuzzer's way into `host_calls`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: cofferdam_fuzz::seeds::write_if_asked("host_calls"), |bytes: &[u8]| {
    cofferdam_fuzz::host_calls(bytes)
});
