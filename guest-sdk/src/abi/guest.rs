//! The imports of `cofferdam_v1`, wrapped so that nobody else needs `unsafe`.

use super::Uninit;

mod import {
    #[link(wasm_import_module = "cofferdam_v1")]
    unsafe extern "C" {
        pub fn input(buf: *mut u8, cap: usize) -> i32;
        pub fn output(ptr: *const u8, len: usize) -> i32;
        pub fn resume(buf: *mut u8, cap: usize) -> i32;
        pub fn checkpoint(ptr: *const u8, len: usize, mode: i32) -> i32;
        pub fn append(part: *const u8, part_len: usize, ptr: *const u8, len: usize) -> i32;
        pub fn enqueue(spec: *const u8, len: usize, id: *mut u8, cap: usize) -> i32;
        pub fn progress(done: u64, total: u64, message: *const u8, len: usize) -> i32;
        pub fn log(level: i32, ptr: *const u8, len: usize) -> i32;
        pub fn stop_requested() -> i32;
        pub fn info(buf: *mut u8, cap: usize) -> i32;
        pub fn left(which: i32) -> i64;
        pub fn fail(class: i32, delay_ms: u64, message: *const u8, len: usize) -> i32;
        pub fn panic(
            message: *const u8,
            len: usize,
            file: *const u8,
            file_len: usize,
            line: u32,
            column: u32,
        ) -> i32;
        pub fn oom(size_bytes: u64, align_bytes: u64) -> i32;
    }
}

// Safety, for every call below: pointer and length come from one live slice,
// and the host neither keeps the pointer nor reads or writes beyond the length.

pub(crate) fn input(buf: &mut Uninit) -> i32 {
    unsafe { import::input(buf.as_mut_ptr().cast(), buf.len()) }
}

pub(crate) fn output(bytes: &[u8]) -> i32 {
    unsafe { import::output(bytes.as_ptr(), bytes.len()) }
}

pub(crate) fn resume(buf: &mut Uninit) -> i32 {
    unsafe { import::resume(buf.as_mut_ptr().cast(), buf.len()) }
}

pub(crate) fn checkpoint(state: &[u8], mode: i32) -> i32 {
    unsafe { import::checkpoint(state.as_ptr(), state.len(), mode) }
}

pub(crate) fn append(part: &str, bytes: &[u8]) -> i32 {
    unsafe { import::append(part.as_ptr(), part.len(), bytes.as_ptr(), bytes.len()) }
}

pub(crate) fn enqueue(spec: &[u8], id: &mut Uninit) -> i32 {
    unsafe { import::enqueue(spec.as_ptr(), spec.len(), id.as_mut_ptr().cast(), id.len()) }
}

pub(crate) fn progress(done: u64, total: u64, message: &str) -> i32 {
    unsafe { import::progress(done, total, message.as_ptr(), message.len()) }
}

pub(crate) fn log(level: i32, line: &str) -> i32 {
    unsafe { import::log(level, line.as_ptr(), line.len()) }
}

pub(crate) fn stop_requested() -> i32 {
    unsafe { import::stop_requested() }
}

pub(crate) fn info(buf: &mut Uninit) -> i32 {
    unsafe { import::info(buf.as_mut_ptr().cast(), buf.len()) }
}

pub(crate) fn left(which: i32) -> i64 {
    unsafe { import::left(which) }
}

pub(crate) fn fail(class: i32, delay_ms: u64, message: &str) -> i32 {
    unsafe { import::fail(class, delay_ms, message.as_ptr(), message.len()) }
}

pub(crate) fn panic(message: &str, file: &str, line: u32, column: u32) -> i32 {
    unsafe { import::panic(message.as_ptr(), message.len(), file.as_ptr(), file.len(), line, column) }
}

pub(crate) fn oom(size_bytes: u64, align_bytes: u64) -> i32 {
    unsafe { import::oom(size_bytes, align_bytes) }
}
