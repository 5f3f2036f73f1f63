//! stdin from the input, stdout and stderr into captures. Writing never fails
//! and never blocks; what does not fit is counted.

use super::Call;
use super::errno::{Errno, Fault};
use super::guest_memory::{Buffers, write};
use crate::gate;
use crate::memory::split;

pub(crate) const STDIN: u32 = 0;
pub(crate) const STDOUT: u32 = 1;
pub(crate) const STDERR: u32 = 2;

/// Moved by one call at most; the guest calls again for the rest.
const WRITE_MAX_BYTES: u64 = 64 * 1024;
const READ_MAX_BYTES: u64 = 256 * 1024;

pub(super) fn read(caller: Call<'_, '_>, buffers: u32, count: u32, out: u32) -> Result<(), Fault> {
    let (memory, guest) = split(caller)?;
    let buffers = Buffers::new(memory, buffers, count, READ_MAX_BYTES)?;
    let (mut moved, mut index) = (0u64, 0);
    while let Some(range) = buffers.next(memory, index, moved)? {
        let rest = &guest.input[guest.descriptors.stdin_at..];
        let len = rest.len().min(range.len());
        memory[range.start..range.start + len].copy_from_slice(&rest[..len]);
        guest.descriptors.stdin_at += len;
        moved += len as u64;
        if len < range.len() {
            break;
        }
        index += 1;
    }
    write(memory, out, &(moved as u32).to_le_bytes())?;
    gate::pay(caller, moved)?;
    Ok(())
}

pub(super) fn write_out(
    caller: Call<'_, '_>,
    fd: u32,
    buffers: u32,
    count: u32,
    out: u32,
) -> Result<(), Fault> {
    let (memory, guest) = split(caller)?;
    let buffers = Buffers::new(memory, buffers, count, WRITE_MAX_BYTES)?;
    let (mut moved, mut index) = (0u64, 0);
    while let Some(range) = buffers.next(memory, index, moved)? {
        let bytes = &memory[range];
        let host = &guest.shared.host;
        match fd {
            STDOUT => guest.stdout.write(bytes, host, "captured stdout")?,
            STDERR => guest.stderr.write(bytes, host, "captured stderr")?,
            _ => return Err(Errno::BadDescriptor.into()),
        }
        if let Some(live) = &guest.live
            && !bytes.is_empty()
        {
            if fd == STDOUT { live.stdout(bytes) } else { live.stderr(bytes) }
        }
        moved += bytes.len() as u64;
        index += 1;
    }
    write(memory, out, &(moved as u32).to_le_bytes())?;
    gate::pay(caller, moved)?;
    Ok(())
}
