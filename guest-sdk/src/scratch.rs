//! A small output without an allocation.
//!
//! A guest's first allocation grows its memory and touches fresh pages, which
//! costs a short job more than all of its own work.

use std::io;
use std::mem::MaybeUninit;

const STACK_BYTES: usize = 512;

/// Takes bytes on the stack, and moves to the heap when they are more than that.
pub(crate) struct Scratch {
    stack: [MaybeUninit<u8>; STACK_BYTES],
    len: usize,
    heap: Vec<u8>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { stack: [const { MaybeUninit::uninit() }; STACK_BYTES], len: 0, heap: Vec::new() }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if self.heap.is_empty() {
            // Safety: the first `len` bytes have been written by `write_all`.
            unsafe { std::slice::from_raw_parts(self.stack.as_ptr().cast(), self.len) }
        } else {
            &self.heap
        }
    }
}

impl io::Write for Scratch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let free = &mut self.stack[self.len..];
        if self.heap.is_empty() && bytes.len() <= free.len() {
            for (slot, byte) in free.iter_mut().zip(bytes) {
                slot.write(*byte);
            }
            self.len += bytes.len();
            return Ok(());
        }
        if self.heap.is_empty() {
            let stacked = self.bytes().to_vec();
            self.heap = stacked;
        }
        self.heap.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
