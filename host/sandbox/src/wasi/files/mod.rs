//! Granted directories and the files below them. Where a path leads is decided
//! by wasmtime-wasi, whose business it is to keep a guest inside its grant; the
//! descriptor table, the bytes and the listings are ours, because there they
//! would not be bounded: a read would allocate what the guest asks for, a
//! listing would be read whole. Special files and locks are absent.

mod bytes;
mod listing;
mod metadata;
mod paths;
mod quota;

use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, Dir, WasiFilesystemCtx, WasiFilesystemCtxView};
use wasmtime_wasi::p2::FsError;
use wasmtime_wasi::p2::bindings::filesystem::types::{ErrorCode, HostDescriptor};
use wasmtime_wasi::{FsPerms, OpenMode, ResourceTable};

use self::quota::Room;
use super::Call;
use super::errno::{Errno, Fault};
use crate::gate;
use crate::request::Grant;

pub(super) use bytes::{pread, pwrite, read, seek, tell, write};
pub(super) use listing::readdir;
pub(super) use metadata::{FILESTAT_BYTES, filestat_get, set_size, set_times, sync};
pub(super) use paths::{
    create_directory, link, open, path_filestat_get, path_set_times, readlink, remove_directory, rename,
    symlink, unlink,
};

/// The first descriptor that is not a standard stream.
pub(super) const FIRST: u32 = 3;
/// The price of asking the kernel about a file, on top of the call.
const FILE_FUEL: u64 = 2_000;
/// What one open descriptor takes here, rounded up.
const DESCRIPTOR_BYTES: u64 = 512;

/// A descriptor of the guest's.
pub(super) enum Open {
    Dir {
        handle: Resource<Descriptor>,
        room: Room,
        /// The name as which the guest sees a grant.
        preopened_as: Option<String>,
    },
    File {
        handle: Resource<Descriptor>,
        room: Room,
        position: u64,
        append: bool,
    },
}

impl Open {
    fn handle(&self) -> Resource<Descriptor> {
        let (Self::Dir { handle, .. } | Self::File { handle, .. }) = self;
        Resource::new_borrow(handle.rep())
    }

    /// What may be added to the grant that it is below.
    fn room(&self) -> &Room {
        let (Self::Dir { room, .. } | Self::File { room, .. }) = self;
        room
    }
}

/// The guest's descriptors from 3 on.
#[derive(Default)]
pub(crate) struct Files {
    context: WasiFilesystemCtx,
    table: ResourceTable,
    open: Vec<Option<Open>>,
    /// Of every grant, also when the guest has closed it.
    rooms: Vec<Room>,
}

impl Files {
    /// Opens the granted directories; the error names the one that cannot be.
    pub(crate) async fn with_grants(grants: Vec<Grant>) -> Result<Self, String> {
        let mut files = Self::default();
        let writable: Arc<[PathBuf]> =
            grants.iter().filter(|grant| grant.write).map(|grant| grant.dir.clone()).collect();
        for grant in grants {
            let perms = if grant.write { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
            let mode = if grant.write { OpenMode::READ | OpenMode::WRITE } else { OpenMode::READ };
            let (dir, writable) = (grant.dir.clone(), writable.clone());
            let opened = tokio::task::spawn_blocking(move || open_granted(&dir, &writable));
            let failed = |reason: String| {
                format!(
                    "cannot open the directory `{}` of grant `{}`: {reason}",
                    grant.dir.display(),
                    grant.name
                )
            };
            let dir = opened.await.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
            let dir = Descriptor::Dir(Dir::new(dir, perms, mode, false));
            let handle = files.table.push(dir).map_err(|e| failed(e.to_string()))?;
            let room = Room::of(&grant);
            files.rooms.push(room.clone());
            let preopened_as = Some(format!("/{}", grant.name));
            files.open.push(Some(Open::Dir { handle, room, preopened_as }));
        }
        Ok(files)
    }

    fn view(&mut self) -> WasiFilesystemCtxView<'_> {
        WasiFilesystemCtxView { ctx: &mut self.context, table: &mut self.table }
    }

    pub(super) fn get(&self, fd: u32) -> Result<&Open, Fault> {
        let index = fd.checked_sub(FIRST).ok_or(Errno::BadDescriptor)?;
        match self.open.get(index as usize) {
            Some(Some(open)) => Ok(open),
            _ => Err(Errno::BadDescriptor.into()),
        }
    }

    pub(super) fn get_mut(&mut self, fd: u32) -> Result<&mut Open, Fault> {
        let index = fd.checked_sub(FIRST).ok_or(Errno::BadDescriptor)?;
        match self.open.get_mut(index as usize) {
            Some(Some(open)) => Ok(open),
            _ => Err(Errno::BadDescriptor.into()),
        }
    }

    /// The name of a grant; what else is open has none.
    pub(super) fn preopened_as(&self, fd: u32) -> Result<&str, Fault> {
        match self.get(fd)? {
            Open::Dir { preopened_as: Some(name), .. } => Ok(name),
            _ => Err(Errno::BadDescriptor.into()),
        }
    }

    pub(super) fn dir(&self, fd: u32) -> Result<Resource<Descriptor>, Fault> {
        match self.get(fd)? {
            open @ Open::Dir { .. } => Ok(open.handle()),
            Open::File { .. } => Err(Errno::NotDirectory.into()),
        }
    }

    /// The operating system's file behind a descriptor, and whether the grant
    /// lets it be written.
    fn file(&self, fd: u32) -> Result<(Arc<File>, bool), Fault> {
        match self.get(fd)? {
            Open::Dir { .. } => Err(Errno::IsDirectory.into()),
            open @ Open::File { .. } => match self.table.get(&open.handle()) {
                Ok(Descriptor::File(file)) => {
                    let writable =
                        !file.perms.write_not_permitted() && file.open_mode.contains(OpenMode::WRITE);
                    Ok((file.file.clone(), writable))
                }
                _ => Err(Errno::BadDescriptor.into()),
            },
        }
    }

    fn os_dir(&self, fd: u32) -> Result<Arc<File>, Fault> {
        match self.table.get(&self.dir(fd)?) {
            Ok(Descriptor::Dir(dir)) => Ok(dir.dir.clone()),
            _ => Err(Errno::NotDirectory.into()),
        }
    }

    /// Which grant was full, and how much may be added to it.
    pub(crate) fn full_grant(&self) -> Option<String> {
        self.rooms.iter().find_map(Room::refusal)
    }

    fn room(&self, fd: u32) -> Result<Room, Fault> {
        Ok(self.get(fd)?.room().clone())
    }

    pub(super) fn count(&self) -> usize {
        self.open.iter().flatten().count()
    }

    /// Into the lowest free place, as POSIX wants it.
    fn insert(&mut self, open: Open) -> u32 {
        let free = self.open.iter().position(Option::is_none);
        let index = free.unwrap_or(self.open.len());
        if index == self.open.len() {
            self.open.push(Some(open));
        } else {
            self.open[index] = Some(open);
        }
        index as u32 + FIRST
    }

    fn close(&mut self, fd: u32) -> Result<(), Fault> {
        let handle = self.get(fd)?.handle();
        self.open[(fd - FIRST) as usize] = None;
        self.view().drop(Resource::new_own(handle.rep()))?;
        Ok(())
    }
}

/// Closes `to` and lets `from` take its place.
pub(super) fn renumber(caller: Call<'_, '_>, from: u32, to: u32) -> Result<(), Fault> {
    let files = &caller.data().descriptors.files;
    files.get(from)?;
    files.get(to)?;
    if from != to {
        close(caller, to)?;
        let open = &mut caller.data_mut().descriptors.files.open;
        open[(to - FIRST) as usize] = open[(from - FIRST) as usize].take();
    }
    Ok(())
}

pub(super) fn close(caller: Call<'_, '_>, fd: u32) -> Result<(), Fault> {
    let guest = caller.data_mut();
    let was_opened = guest.descriptors.files.preopened_as(fd).is_err();
    guest.descriptors.files.close(fd)?;
    if was_opened {
        guest.shared.host.release(DESCRIPTOR_BYTES);
    }
    Ok(())
}

/// A grant that names a file is an error, not an empty directory. Below a directory that the guest may
/// write to, a link may be the guest's own, of an attempt before: none is followed there.
fn open_granted(dir: &Path, writable: &[PathBuf]) -> std::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let is_below = |below: &&Path| {
        let mut names = below.components().peekable();
        names.peek().is_some() && names.all(|name| matches!(name, Component::Normal(_)))
    };
    let outermost = writable
        .iter()
        .filter_map(|outer| Some((outer, dir.strip_prefix(outer).ok().filter(is_below)?)))
        .min_by_key(|(outer, _)| outer.components().count());
    let opened = match outermost {
        None => rustix::fs::open(dir, flags, Mode::empty())?,
        Some((outer, below)) => {
            let outer = rustix::fs::open(outer, flags, Mode::empty())?;
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
            rustix::fs::openat2(outer, below, flags, Mode::empty(), resolve)?
        }
    };
    Ok(File::from(opened))
}

/// Runs one operation on the guest's files while the attempt's deadline is
/// watched. They are out of the guest's data meanwhile; a guest that is dropped
/// here never comes back to miss them.
async fn with_files<T>(
    caller: Call<'_, '_>,
    operation: impl AsyncFnOnce(&mut Files) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut files = std::mem::take(&mut caller.data_mut().descriptors.files);
    let result = gate::wait(caller, operation(&mut files)).await;
    caller.data_mut().descriptors.files = files;
    result
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> rustix::io::Result<T> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Fault::from),
        Err(panic) => Err(Fault::End(wasmtime::format_err!("a file operation failed: {panic}"))),
    }
}

impl From<FsError> for Fault {
    fn from(error: FsError) -> Self {
        match error.downcast() {
            Ok(code) => Self::Errno(errno_of(code)),
            Err(error) => Self::End(error),
        }
    }
}

impl From<rustix::io::Errno> for Fault {
    fn from(errno: rustix::io::Errno) -> Self {
        if errno == rustix::io::Errno::DQUOT {
            // Ours, from a grant's room; `ErrorCode` would make an input/output error of it.
            return Errno::Quota.into();
        }
        let code = ErrorCode::from(std::io::Error::from(errno));
        Self::Errno(errno_of(code))
    }
}

fn errno_of(code: ErrorCode) -> Errno {
    match code {
        ErrorCode::Access => Errno::Access,
        ErrorCode::WouldBlock => Errno::Again,
        ErrorCode::BadDescriptor => Errno::BadDescriptor,
        ErrorCode::Busy => Errno::Busy,
        ErrorCode::Exist => Errno::Exists,
        ErrorCode::FileTooLarge => Errno::FileTooLarge,
        ErrorCode::IllegalByteSequence => Errno::IllegalSequence,
        ErrorCode::Interrupted => Errno::Interrupted,
        ErrorCode::Invalid => Errno::Invalid,
        ErrorCode::IsDirectory => Errno::IsDirectory,
        ErrorCode::Loop => Errno::Loop,
        ErrorCode::TooManyLinks => Errno::TooManyLinks,
        ErrorCode::NameTooLong => Errno::NameTooLong,
        ErrorCode::NoEntry => Errno::NoEntry,
        ErrorCode::InsufficientSpace => Errno::NoSpace,
        ErrorCode::Quota => Errno::Quota,
        ErrorCode::NotDirectory => Errno::NotDirectory,
        ErrorCode::NotEmpty => Errno::NotEmpty,
        ErrorCode::Unsupported => Errno::NotSupported,
        ErrorCode::Overflow => Errno::Overflow,
        ErrorCode::NotPermitted => Errno::NotPermitted,
        ErrorCode::ReadOnly => Errno::ReadOnly,
        ErrorCode::InvalidSeek => Errno::NotSeekable,
        ErrorCode::TextFileBusy => Errno::TextBusy,
        ErrorCode::CrossDevice => Errno::CrossDevice,
        _ => Errno::Io,
    }
}
