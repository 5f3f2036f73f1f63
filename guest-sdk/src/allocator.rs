//! The guest's allocator: the system's, and a report when memory is refused.
//!
//! The report carries the exact size that the job asked for; the host's own
//! record of the refused growth is rounded to pages.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::abi;

/// The global allocator of jobs, unless the feature `allocator` is turned off.
#[derive(Debug)]
pub struct Reporting;

#[global_allocator]
static ALLOCATOR: Reporting = Reporting;

fn checked(pointer: *mut u8, size_bytes: usize, align_bytes: usize) -> *mut u8 {
    if pointer.is_null() {
        refused(size_bytes, align_bytes);
    }
    pointer
}

#[cold]
#[inline(never)]
fn refused(size_bytes: usize, align_bytes: usize) {
    abi::oom(size_bytes as u64, align_bytes as u64);
}

// Safety: every call goes to `System` with the caller's own arguments.
unsafe impl GlobalAlloc for Reporting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        checked(unsafe { System.alloc(layout) }, layout.size(), layout.align())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        checked(unsafe { System.alloc_zeroed(layout) }, layout.size(), layout.align())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size_bytes: usize) -> *mut u8 {
        checked(unsafe { System.realloc(pointer, layout, size_bytes) }, size_bytes, layout.align())
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}
