//! The guest's memory as host functions see it. Every pointer and length is
//! checked here, before anything is read, written or allocated for it.

use wasmtime::{Caller, Extern, Memory};

use crate::guest::Guest;

/// A pointer and length that do not lie inside the guest's memory.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "`{call}` was given a bad `{argument}`: {len_bytes} bytes at {pointer:#x} do not lie inside the memory of {memory_bytes} bytes"
)]
pub(crate) struct BadPointer {
    pub(crate) call: &'static str,
    pub(crate) argument: &'static str,
    pub(crate) pointer: u32,
    pub(crate) len_bytes: u64,
    pub(crate) memory_bytes: u64,
}

/// A range that was checked. Memories never shrink, so it stays good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    pub(crate) fn len(self) -> usize {
        self.end - self.start
    }

    /// The first bytes of it, at most this many.
    pub(crate) fn first(self, len: usize) -> Self {
        Self { start: self.start, end: self.end.min(self.start + len) }
    }

    pub(crate) fn within(self, memory: &[u8]) -> &[u8] {
        &memory[self.start..self.end]
    }

    pub(crate) fn within_mut(self, memory: &mut [u8]) -> &mut [u8] {
        &mut memory[self.start..self.end]
    }
}

/// The exported memory. Known from the first host call on; a start function
/// may call before the instance is complete.
fn memory_of(caller: &mut Caller<'_, Box<Guest>>) -> wasmtime::Result<Memory> {
    if let Some(memory) = caller.data().exported_memory {
        return Ok(memory);
    }
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => {
            caller.data_mut().exported_memory = Some(memory);
            Ok(memory)
        }
        _ => wasmtime::bail!("the module exports no memory"),
    }
}

/// Checks a range, naming the function and the argument when it is bad.
pub(crate) fn span(
    caller: &mut Caller<'_, Box<Guest>>,
    call: &'static str,
    argument: &'static str,
    pointer: u32,
    len: u32,
) -> wasmtime::Result<Span> {
    let memory_bytes = memory_of(caller)?.data_size(&*caller);
    // On 64 bits neither can overflow, whatever the guest says.
    let (start, end) = (pointer as usize, pointer as usize + len as usize);
    if end > memory_bytes {
        return Err(BadPointer {
            call,
            argument,
            pointer,
            len_bytes: u64::from(len),
            memory_bytes: memory_bytes as u64,
        }
        .into());
    }
    Ok(Span { start, end })
}

/// The memory, and the guest's data beside it.
pub(crate) fn split<'a>(
    caller: &'a mut Caller<'_, Box<Guest>>,
) -> wasmtime::Result<(&'a mut [u8], &'a mut Guest)> {
    let memory = memory_of(caller)?;
    let (memory, guest) = memory.data_and_store_mut(caller);
    Ok((memory, guest))
}
