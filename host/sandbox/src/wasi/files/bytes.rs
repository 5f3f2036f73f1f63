//! Reading and writing files. What the page cache has is read straight into the
//! guest's memory; everything else goes through a buffer of bounded size, on
//! a thread that may block.

use std::fs::File;
use std::io::{IoSlice, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use rustix::io::ReadWriteFlags;

use super::{Open, blocking, with_files};
use crate::gate;
use crate::memory::split;
use crate::wasi::Call;
use crate::wasi::errno::{Answer, Errno, Fault};
use crate::wasi::guest_memory::{Buffers, put, write as write_memory};

/// Moved by one call at most; the guest calls again for the rest.
const CHUNK_BYTES: u64 = 128 * 1024;

pub(in crate::wasi) async fn read(
    caller: Call<'_, '_>,
    fd: u32,
    buffers: u32,
    count: u32,
    out: u32,
) -> Answer {
    let position = position(caller, fd)?;
    let moved = read_at(caller, fd, buffers, count, position).await?;
    advance(caller, fd, position + moved)?;
    put(caller, out, &(moved as u32).to_le_bytes())
}

pub(in crate::wasi) async fn pread(
    caller: Call<'_, '_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    out: u32,
) -> Answer {
    let moved = read_at(caller, fd, buffers, count, offset).await?;
    put(caller, out, &(moved as u32).to_le_bytes())
}

async fn read_at(caller: Call<'_, '_>, fd: u32, buffers: u32, count: u32, offset: u64) -> Result<u64, Fault> {
    let (memory, guest) = split(caller)?;
    let range = Buffers::new(memory, buffers, count, CHUNK_BYTES)?.first(memory)?;
    let (file, _) = guest.descriptors.files.file(fd)?;
    let offset = place(offset)?;
    let moved = match read_cached(&file, &mut memory[range.clone()], offset) {
        Some(moved) => moved?,
        None => read_blocking(caller, file, range, offset).await?,
    };
    gate::pay(caller, moved as u64)?;
    Ok(moved as u64)
}

/// `None` when it would have to wait for a disk, or the file system cannot say.
fn read_cached(file: &File, into: &mut [u8], offset: u64) -> Option<Result<usize, Fault>> {
    use rustix::io::Errno as Os;
    let mut slices = [IoSliceMut::new(into)];
    match rustix::io::preadv2(file, &mut slices, offset, ReadWriteFlags::NOWAIT) {
        Ok(moved) => Some(Ok(moved)),
        Err(Os::AGAIN | Os::OPNOTSUPP | Os::NOSYS | Os::INVAL | Os::INTR) => None,
        Err(error) => Some(Err(error.into())),
    }
}

async fn read_blocking(
    caller: Call<'_, '_>,
    file: Arc<File>,
    range: Range<usize>,
    offset: u64,
) -> Result<usize, Fault> {
    let shared = caller.data().shared.clone();
    shared.host.charge("a file buffer", range.len() as u64)?;
    let mut buffer = vec![0; range.len()];
    let reading = blocking(move || {
        let moved = file.read_at(&mut buffer, offset).map_err(os_error)?;
        buffer.truncate(moved);
        Ok(buffer)
    });
    let read = gate::wait(caller, reading).await;
    shared.host.release(range.len() as u64);
    let buffer = read?;
    let (memory, _) = split(caller)?;
    memory[range.start..range.start + buffer.len()].copy_from_slice(&buffer);
    Ok(buffer.len())
}

pub(in crate::wasi) async fn write(
    caller: Call<'_, '_>,
    fd: u32,
    buffers: u32,
    count: u32,
    out: u32,
) -> Answer {
    let position = position(caller, fd)?;
    let append = matches!(caller.data().descriptors.files.get(fd)?, Open::File { append: true, .. });
    let moved = write_at(caller, fd, buffers, count, position, append).await?;
    advance(caller, fd, position + moved)?;
    put(caller, out, &(moved as u32).to_le_bytes())
}

pub(in crate::wasi) async fn pwrite(
    caller: Call<'_, '_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    out: u32,
) -> Answer {
    let moved = write_at(caller, fd, buffers, count, offset, false).await?;
    put(caller, out, &(moved as u32).to_le_bytes())
}

async fn write_at(
    caller: Call<'_, '_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    append: bool,
) -> Result<u64, Fault> {
    let (memory, guest) = split(caller)?;
    let range = Buffers::new(memory, buffers, count, CHUNK_BYTES)?.first(memory)?;
    let (file, writable) = guest.descriptors.files.file(fd)?;
    if !writable {
        return Err(Errno::BadDescriptor.into());
    }
    let offset = place(offset)?;
    let len = range.len() as u64;
    let shared = guest.shared.clone();
    shared.host.charge("a file buffer", len)?;
    let buffer = memory[range].to_vec();
    gate::pay(caller, len)?;
    let room = caller.data().descriptors.files.room(fd)?;
    let writing = blocking(move || {
        let before = file.metadata().map_err(os_error)?.len();
        let from = if append { before } else { offset };
        let growth = |len: u64| from.saturating_add(len).saturating_sub(before);
        let wanted = growth(len);
        room.grow(wanted)?;
        let written = match append {
            true => rustix::io::pwritev2(&*file, &[IoSlice::new(&buffer)], 0, ReadWriteFlags::APPEND),
            false => file.write_at(&buffer, offset).map_err(os_error),
        };
        room.give_back(wanted - growth(*written.as_ref().unwrap_or(&0) as u64).min(wanted));
        Ok(written? as u64)
    });
    let written = gate::wait(caller, writing).await;
    shared.host.release(len);
    written
}

fn os_error(error: std::io::Error) -> rustix::io::Errno {
    rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO)
}

/// A place that a file can have. Beyond it, the kernel takes the last number for its own place in the
/// file, and would read there.
fn place(offset: u64) -> Result<u64, Fault> {
    match i64::try_from(offset) {
        Ok(_) => Ok(offset),
        Err(_) => Err(Errno::Invalid.into()),
    }
}

fn position(caller: Call<'_, '_>, fd: u32) -> Result<u64, Fault> {
    match caller.data().descriptors.files.get(fd)? {
        Open::File { position, .. } => Ok(*position),
        Open::Dir { .. } => Err(Errno::IsDirectory.into()),
    }
}

fn advance(caller: Call<'_, '_>, fd: u32, to: u64) -> Result<(), Fault> {
    if let Open::File { position, .. } = caller.data_mut().descriptors.files.get_mut(fd)? {
        *position = to;
    }
    Ok(())
}

const WHENCE_SET: u32 = 0;
const WHENCE_CURRENT: u32 = 1;
const WHENCE_END: u32 = 2;

pub(in crate::wasi) async fn seek(
    caller: Call<'_, '_>,
    fd: u32,
    offset: i64,
    whence: u32,
    out: u32,
) -> Answer {
    let current = position(caller, fd)?;
    let base = match whence {
        WHENCE_SET => 0,
        WHENCE_CURRENT => current,
        WHENCE_END => {
            with_files(caller, async |files| {
                let (file, _) = files.file(fd)?;
                let size = blocking(move || file.metadata().map(|m| m.len()).map_err(os_error));
                size.await
            })
            .await?
        }
        _ => return Err(Errno::Invalid.into()),
    };
    let to = place(base.checked_add_signed(offset).ok_or(Errno::Invalid)?)?;
    advance(caller, fd, to)?;
    put(caller, out, &to.to_le_bytes())
}

pub(in crate::wasi) async fn tell(caller: Call<'_, '_>, fd: u32, out: u32) -> Answer {
    let position = position(caller, fd)?;
    let (memory, _) = split(caller)?;
    write_memory(memory, out, &position.to_le_bytes())
}
