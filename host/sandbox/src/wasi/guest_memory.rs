//! The guest's memory as WASI functions see it: a pointer outside it is the
//! guest's own `EFAULT`, and vectors of buffers are read without being copied.

use super::Call;
use super::errno::{Errno, Fault};
use crate::memory::split;

/// More buffers than this in one call are an error, as on other systems.
const BUFFERS_MAX: u32 = 1024;
const BUFFER_ENTRY_BYTES: u64 = 8;

pub(crate) fn range(memory: &[u8], pointer: u32, len: u64) -> Result<std::ops::Range<usize>, Fault> {
    let start = u64::from(pointer);
    // A 32-bit pointer and any sane length; an insane one is past the end.
    let end = start.checked_add(len).ok_or(Errno::Fault)?;
    if end > memory.len() as u64 {
        return Err(Errno::Fault.into());
    }
    Ok(start as usize..end as usize)
}

pub(crate) fn read_u32(memory: &[u8], pointer: u32) -> Result<u32, Fault> {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&memory[range(memory, pointer, 4)?]);
    Ok(u32::from_le_bytes(bytes))
}

pub(crate) fn read_u64(memory: &[u8], pointer: u32) -> Result<u64, Fault> {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&memory[range(memory, pointer, 8)?]);
    Ok(u64::from_le_bytes(bytes))
}

pub(crate) fn write(memory: &mut [u8], pointer: u32, bytes: &[u8]) -> Result<(), Fault> {
    let range = range(memory, pointer, bytes.len() as u64)?;
    memory[range].copy_from_slice(bytes);
    Ok(())
}

pub(crate) fn put(caller: Call<'_, '_>, pointer: u32, bytes: &[u8]) -> Result<(), Fault> {
    let (memory, _) = split(caller)?;
    write(memory, pointer, bytes)
}

/// Text in the guest's memory: a path, at most this long.
pub(crate) fn text(memory: &[u8], pointer: u32, len: u32, max: u32) -> Result<&str, Fault> {
    if len > max {
        return Err(Errno::NameTooLong.into());
    }
    let bytes = &memory[range(memory, pointer, u64::from(len))?];
    std::str::from_utf8(bytes).map_err(|_| Errno::IllegalSequence.into())
}

/// Where the buffers of a read or write lie. All are checked before the first
/// is used; together at most `most` bytes, the rest is left for the next call.
pub(crate) struct Buffers {
    table: u32,
    count: u32,
    most: u64,
}

impl Buffers {
    pub(crate) fn new(memory: &[u8], table: u32, count: u32, most: u64) -> Result<Self, Fault> {
        if count > BUFFERS_MAX {
            return Err(Errno::Invalid.into());
        }
        range(memory, table, u64::from(count) * BUFFER_ENTRY_BYTES)?;
        let buffers = Self { table, count, most };
        for index in 0..count {
            let (pointer, len) = buffers.entry(memory, index)?;
            range(memory, pointer, u64::from(len))?;
        }
        Ok(buffers)
    }

    fn entry(&self, memory: &[u8], index: u32) -> Result<(u32, u32), Fault> {
        let at = self.table + index * BUFFER_ENTRY_BYTES as u32;
        Ok((read_u32(memory, at)?, read_u32(memory, at + 4)?))
    }

    /// The range of the buffer with this index, cut to what is still allowed
    /// after `moved` bytes; `None` when there is no more to move.
    pub(crate) fn next(
        &self,
        memory: &[u8],
        index: u32,
        moved: u64,
    ) -> Result<Option<std::ops::Range<usize>>, Fault> {
        if index >= self.count || moved >= self.most {
            return Ok(None);
        }
        let (pointer, len) = self.entry(memory, index)?;
        Ok(Some(range(memory, pointer, u64::from(len).min(self.most - moved))?))
    }

    /// The first buffer that is not empty, cut to what is allowed.
    pub(crate) fn first(&self, memory: &[u8]) -> Result<std::ops::Range<usize>, Fault> {
        for index in 0..self.count {
            if let Some(range) = self.next(memory, index, 0)?
                && !range.is_empty()
            {
                return Ok(range);
            }
        }
        Ok(0..0)
    }
}
