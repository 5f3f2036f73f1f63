//! The `fd_` functions: to the standard streams, or to files.

use super::Call;
use super::errno::{Answer, Errno, Fault};
use super::files::{self, FIRST, Open};
use super::guest_memory::{put, range, write};
use super::stdio::{self, STDIN};
use crate::gate;
use crate::memory::split;

const RIGHT_READ: u64 = 1 << 1;
const RIGHT_SEEK: u64 = 1 << 2;
const RIGHT_TELL: u64 = 1 << 5;
const RIGHT_WRITE: u64 = 1 << 6;
const RIGHTS_ALL: u64 = (1 << 30) - 1;
const TYPE_DIRECTORY: u8 = 3;
const TYPE_REGULAR_FILE: u8 = 4;
const FLAG_APPEND: u32 = 1;
const FLAG_NONBLOCK: u32 = 4;

async fn is_stdio(caller: Call<'_, '_>, fd: u32) -> Result<bool, Fault> {
    gate::enter(caller, 0).await?;
    Ok(caller.data().descriptors.is_stdio(fd))
}

pub(super) async fn fd_read(caller: Call<'_, '_>, fd: u32, buffers: u32, count: u32, out: u32) -> Answer {
    if !is_stdio(caller, fd).await? {
        return files::read(caller, fd, buffers, count, out).await;
    }
    if fd != STDIN {
        return Err(Errno::BadDescriptor.into());
    }
    stdio::read(caller, buffers, count, out)
}

pub(super) async fn fd_write(caller: Call<'_, '_>, fd: u32, buffers: u32, count: u32, out: u32) -> Answer {
    if !is_stdio(caller, fd).await? {
        return files::write(caller, fd, buffers, count, out).await;
    }
    stdio::write_out(caller, fd, buffers, count, out)
}

pub(super) async fn fd_pread(
    caller: Call<'_, '_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    out: u32,
) -> Answer {
    if is_stdio(caller, fd).await? {
        return Err(Errno::NotSeekable.into());
    }
    files::pread(caller, fd, buffers, count, offset, out).await
}

pub(super) async fn fd_pwrite(
    caller: Call<'_, '_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    out: u32,
) -> Answer {
    if is_stdio(caller, fd).await? {
        return Err(Errno::NotSeekable.into());
    }
    files::pwrite(caller, fd, buffers, count, offset, out).await
}

pub(super) async fn fd_seek(caller: Call<'_, '_>, fd: u32, offset: i64, whence: u32, out: u32) -> Answer {
    if is_stdio(caller, fd).await? {
        return Err(Errno::NotSeekable.into());
    }
    files::seek(caller, fd, offset, whence, out).await
}

pub(super) async fn fd_tell(caller: Call<'_, '_>, fd: u32, out: u32) -> Answer {
    if is_stdio(caller, fd).await? {
        return Err(Errno::NotSeekable.into());
    }
    files::tell(caller, fd, out).await
}

pub(super) async fn fd_close(caller: Call<'_, '_>, fd: u32) -> Answer {
    if is_stdio(caller, fd).await? {
        caller.data_mut().descriptors.close_stdio(fd);
        return Ok(());
    }
    files::close(caller, fd)
}

pub(super) async fn fd_renumber(caller: Call<'_, '_>, from: u32, to: u32) -> Answer {
    gate::enter(caller, 0).await?;
    if from < FIRST || to < FIRST {
        return Err(Errno::NotSupported.into());
    }
    files::renumber(caller, from, to)
}

pub(super) async fn fd_advise(
    caller: Call<'_, '_>,
    fd: u32,
    _offset: u64,
    _len: u64,
    _advice: u32,
) -> Answer {
    gate::enter(caller, 0).await?;
    match caller.data().descriptors.files.get(fd)? {
        // Advice may be ignored.
        Open::File { .. } => Ok(()),
        Open::Dir { .. } => Err(Errno::BadDescriptor.into()),
    }
}

pub(super) async fn fd_allocate(caller: Call<'_, '_>, fd: u32, _offset: u64, _len: u64) -> Answer {
    gate::enter(caller, 0).await?;
    caller.data().descriptors.files.get(fd)?;
    Err(Errno::NotSupported.into())
}

pub(super) async fn fd_sync(caller: Call<'_, '_>, fd: u32) -> Answer {
    if is_stdio(caller, fd).await? {
        return Ok(());
    }
    files::sync(caller, fd, false).await
}

pub(super) async fn fd_datasync(caller: Call<'_, '_>, fd: u32) -> Answer {
    if is_stdio(caller, fd).await? {
        return Ok(());
    }
    files::sync(caller, fd, true).await
}

pub(super) async fn fd_fdstat_get(caller: Call<'_, '_>, fd: u32, out: u32) -> Answer {
    let is_stdio = is_stdio(caller, fd).await?;
    // No terminal: a guest's own buffering is as for a pipe.
    let (file_type, flags, rights) = if is_stdio {
        (0, 0, if fd == STDIN { RIGHT_READ } else { RIGHT_WRITE })
    } else {
        match caller.data().descriptors.files.get(fd)? {
            Open::Dir { .. } => (TYPE_DIRECTORY, 0, RIGHTS_ALL & !(RIGHT_SEEK | RIGHT_TELL)),
            Open::File { append, .. } => {
                (TYPE_REGULAR_FILE, if *append { FLAG_APPEND } else { 0 }, RIGHTS_ALL)
            }
        }
    };
    let mut fdstat = [0; 24];
    fdstat[0] = file_type;
    fdstat[2..4].copy_from_slice(&(flags as u16).to_le_bytes());
    fdstat[8..16].copy_from_slice(&rights.to_le_bytes());
    fdstat[16..24].copy_from_slice(&rights.to_le_bytes());
    put(caller, out, &fdstat)
}

pub(super) async fn fd_fdstat_set_flags(caller: Call<'_, '_>, fd: u32, flags: u32) -> Answer {
    if is_stdio(caller, fd).await? {
        return Ok(());
    }
    if flags & !(FLAG_APPEND | FLAG_NONBLOCK) != 0 {
        return Err(Errno::NotSupported.into());
    }
    match caller.data_mut().descriptors.files.get_mut(fd)? {
        Open::File { append, .. } => *append = flags & FLAG_APPEND != 0,
        Open::Dir { .. } => return Err(Errno::BadDescriptor.into()),
    }
    Ok(())
}

pub(super) async fn fd_fdstat_set_rights(
    caller: Call<'_, '_>,
    _fd: u32,
    _base: u64,
    _inheriting: u64,
) -> Answer {
    gate::enter(caller, 0).await?;
    Err(Errno::NotSupported.into())
}

pub(super) async fn fd_filestat_get(caller: Call<'_, '_>, fd: u32, out: u32) -> Answer {
    if is_stdio(caller, fd).await? {
        return put(caller, out, &[0; files::FILESTAT_BYTES]);
    }
    files::filestat_get(caller, fd, out).await
}

pub(super) async fn fd_filestat_set_size(caller: Call<'_, '_>, fd: u32, size: u64) -> Answer {
    gate::enter(caller, 0).await?;
    files::set_size(caller, fd, size).await
}

pub(super) async fn fd_filestat_set_times(
    caller: Call<'_, '_>,
    fd: u32,
    accessed_ns: u64,
    modified_ns: u64,
    flags: u32,
) -> Answer {
    gate::enter(caller, 0).await?;
    files::set_times(caller, fd, accessed_ns, modified_ns, flags).await
}

pub(super) async fn fd_readdir(
    caller: Call<'_, '_>,
    fd: u32,
    buffer: u32,
    len: u32,
    cookie: u64,
    out: u32,
) -> Answer {
    gate::enter(caller, 0).await?;
    files::readdir(caller, fd, buffer, len, cookie, out).await
}

pub(super) async fn fd_prestat_get(caller: Call<'_, '_>, fd: u32, out: u32) -> Answer {
    gate::enter(caller, 8).await?;
    let (memory, guest) = split(caller)?;
    let name = guest.descriptors.files.preopened_as(fd)?;
    let mut prestat = [0; 8];
    prestat[4..].copy_from_slice(&(name.len() as u32).to_le_bytes());
    write(memory, out, &prestat)
}

pub(super) async fn fd_prestat_dir_name(caller: Call<'_, '_>, fd: u32, buffer: u32, len: u32) -> Answer {
    gate::enter(caller, u64::from(len)).await?;
    let (memory, guest) = split(caller)?;
    let name = guest.descriptors.files.preopened_as(fd)?;
    if name.len() > len as usize {
        return Err(Errno::NameTooLong.into());
    }
    range(memory, buffer, u64::from(len))?;
    write(memory, buffer, name.as_bytes())
}
