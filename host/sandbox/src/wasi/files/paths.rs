//! Everything that takes a path. Where a path leads, and that it never leads out
//! of its grant, is wasmtime-wasi's to decide.

use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorType, HostDescriptor, OpenFlags, PathFlags,
};

use super::metadata::{filestat, timestamps};
use super::{DESCRIPTOR_BYTES, FILE_FUEL, Files, Open, with_files};
use crate::gate;
use crate::memory::split;
use crate::wasi::Call;
use crate::wasi::errno::{Answer, Errno, Fault};
use crate::wasi::guest_memory::{put, range, text, write};

const PATH_MAX_BYTES: u32 = 4096;
const FOLLOW: u32 = 1;
const RIGHT_READ: u64 = 1 << 1;
const RIGHT_WRITE: u64 = 1 << 6;
const FLAG_APPEND: u32 = 1;
const FLAGS_SYNC: u32 = 2 | 8 | 16;

async fn path(caller: Call<'_, '_>, pointer: u32, len: u32) -> Result<String, Fault> {
    gate::enter(caller, FILE_FUEL + u64::from(len)).await?;
    let (memory, _) = split(caller)?;
    Ok(text(memory, pointer, len, PATH_MAX_BYTES)?.to_owned())
}

fn lookup(flags: u32) -> PathFlags {
    if flags & FOLLOW != 0 { PathFlags::SYMLINK_FOLLOW } else { PathFlags::empty() }
}

/// For what looks at a path without opening it: a slash at the end asks for a directory, behind a
/// link too, and would be passed over when links are not followed.
fn look_at(flags: u32, name: &str) -> PathFlags {
    if name.ends_with('/') || name.ends_with("/.") { PathFlags::SYMLINK_FOLLOW } else { lookup(flags) }
}

fn open_mode(rights: u64, open_flags: u32) -> (DescriptorFlags, OpenFlags) {
    let mut access = DescriptorFlags::empty();
    for (right, flag) in [(RIGHT_READ, DescriptorFlags::READ), (RIGHT_WRITE, DescriptorFlags::WRITE)] {
        if rights & right != 0 {
            access |= flag;
        }
    }
    let mut how = OpenFlags::empty();
    let flags = [OpenFlags::CREATE, OpenFlags::DIRECTORY, OpenFlags::EXCLUSIVE, OpenFlags::TRUNCATE];
    for (bit, flag) in flags.into_iter().enumerate() {
        if open_flags & (1 << bit) != 0 {
            how |= flag;
        }
    }
    (access, how)
}

#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
pub(in crate::wasi) async fn open(
    caller: Call<'_, '_>,
    dir: u32,
    lookup_flags: u32,
    name: u32,
    len: u32,
    open_flags: u32,
    rights: u64,
    _inheriting: u64,
    flags: u32,
    out: u32,
) -> Answer {
    let name = path(caller, name, len).await?;
    let (memory, guest) = split(caller)?;
    range(memory, out, 4)?;
    if guest.descriptors.files.count() >= guest.limits.descriptors as usize {
        return Err(Errno::TooManyDescriptors.into());
    }
    if flags & FLAGS_SYNC != 0 {
        return Err(Errno::NotSupported.into());
    }
    let shared = guest.shared.clone();
    shared.host.charge("a descriptor", DESCRIPTOR_BYTES)?;
    let (access, how) = open_mode(rights, open_flags);
    let opened = with_files(caller, async |files| {
        let is_there = is_there(files, dir, look_at(lookup_flags, &name), &name).await?;
        let room = files.room(dir)?;
        let dir = files.dir(dir)?;
        let opening = async { Ok(files.view().open_at(dir, lookup(lookup_flags), name, how, access).await?) };
        let handle = match how.contains(OpenFlags::CREATE) && !is_there {
            true => room.make(opening).await?,
            false => opening.await?,
        };
        let is_dir = matches!(files.table.get(&handle), Ok(Descriptor::Dir(_)));
        Ok(files.insert(if is_dir {
            Open::Dir { handle, room, preopened_as: None }
        } else {
            Open::File { handle, room, position: 0, append: flags & FLAG_APPEND != 0 }
        }))
    })
    .await;
    if opened.is_err() {
        shared.host.release(DESCRIPTOR_BYTES);
    }
    put(caller, out, &opened?.to_le_bytes())
}

/// Whether there is something to open. Opening a pipe or a device may wait for ever, and a thread
/// with it: those are refused.
async fn is_there(files: &mut Files, dir: u32, lookup: PathFlags, name: &str) -> Result<bool, Fault> {
    let dir = files.dir(dir)?;
    let is_plain = |kind: DescriptorType| {
        matches!(kind, DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink)
    };
    match files.view().stat_at(dir, lookup, name.to_owned()).await {
        Ok(stat) if !is_plain(stat.type_) => Err(Errno::NotSupported.into()),
        // Why it cannot be looked at is the business of whoever opens it.
        found => Ok(found.is_ok()),
    }
}

pub(in crate::wasi) async fn path_filestat_get(
    caller: Call<'_, '_>,
    dir: u32,
    lookup_flags: u32,
    name: u32,
    len: u32,
    out: u32,
) -> Answer {
    let name = path(caller, name, len).await?;
    let lookup = look_at(lookup_flags, &name);
    let (stat, hash) = with_files(caller, async |files| {
        let handle = files.dir(dir)?;
        let stat = files.view().stat_at(handle, lookup, name.clone()).await?;
        let handle = files.dir(dir)?;
        Ok((stat, files.view().metadata_hash_at(handle, lookup, name).await?))
    })
    .await?;
    put(caller, out, &filestat(&stat, &hash))
}

#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
pub(in crate::wasi) async fn path_set_times(
    caller: Call<'_, '_>,
    dir: u32,
    lookup_flags: u32,
    name: u32,
    len: u32,
    accessed_ns: u64,
    modified_ns: u64,
    flags: u32,
) -> Answer {
    let name = path(caller, name, len).await?;
    let (accessed, modified) = timestamps(accessed_ns, modified_ns, flags)?;
    with_files(caller, async |files| {
        let lookup = lookup(lookup_flags);
        // Behind a link, times are set on what was opened. A grant that is only read says so first.
        if lookup.contains(PathFlags::SYMLINK_FOLLOW) && files.room(dir)?.can_grow() {
            is_there(files, dir, lookup, &name).await?;
        }
        let handle = files.dir(dir)?;
        Ok(files.view().set_times_at(handle, lookup, name, accessed, modified).await?)
    })
    .await
}

pub(in crate::wasi) async fn create_directory(caller: Call<'_, '_>, dir: u32, name: u32, len: u32) -> Answer {
    let name = path(caller, name, len).await?;
    with_files(caller, async |files| {
        let (handle, room) = (files.dir(dir)?, files.room(dir)?);
        room.make(async { Ok(files.view().create_directory_at(handle, name).await?) }).await
    })
    .await
}

pub(in crate::wasi) async fn remove_directory(caller: Call<'_, '_>, dir: u32, name: u32, len: u32) -> Answer {
    let mut name = path(caller, name, len).await?;
    // A directory is what it has to be anyway; with the slash, it would be asked to remove its `.`.
    let bare = name.trim_end_matches('/').len();
    if bare > 0 {
        name.truncate(bare);
    }
    with_files(caller, async |files| {
        let handle = files.dir(dir)?;
        Ok(files.view().remove_directory_at(handle, name).await?)
    })
    .await
}

pub(in crate::wasi) async fn unlink(caller: Call<'_, '_>, dir: u32, name: u32, len: u32) -> Answer {
    let name = path(caller, name, len).await?;
    with_files(caller, async |files| {
        let handle = files.dir(dir)?;
        Ok(files.view().unlink_file_at(handle, name).await?)
    })
    .await
}

pub(in crate::wasi) async fn readlink(
    caller: Call<'_, '_>,
    dir: u32,
    name: u32,
    len: u32,
    buffer: u32,
    cap: u32,
    out: u32,
) -> Answer {
    let name = path(caller, name, len).await?;
    let target = with_files(caller, async |files| {
        let handle = files.dir(dir)?;
        Ok(files.view().readlink_at(handle, name).await?)
    })
    .await?;
    let (memory, _) = split(caller)?;
    let shown = &target.as_bytes()[..target.len().min(cap as usize)];
    write(memory, buffer, shown)?;
    put(caller, out, &(shown.len() as u32).to_le_bytes())
}

pub(in crate::wasi) async fn rename(
    caller: Call<'_, '_>,
    from_dir: u32,
    from: u32,
    from_len: u32,
    to_dir: u32,
    to: u32,
    to_len: u32,
) -> Answer {
    let (from, to) = (path(caller, from, from_len).await?, path(caller, to, to_len).await?);
    with_files(caller, async |files| {
        same_grant(files, from_dir, to_dir)?;
        let (from_dir, to_dir) = (files.dir(from_dir)?, files.dir(to_dir)?);
        Ok(files.view().rename_at(from_dir, from, to_dir, to).await?)
    })
    .await
}

/// As between two file systems: what is moved to another grant would be counted in neither.
fn same_grant(files: &Files, from_dir: u32, to_dir: u32) -> Result<(), Fault> {
    match files.room(from_dir)?.is(&files.room(to_dir)?) {
        true => Ok(()),
        false => Err(Errno::CrossDevice.into()),
    }
}

#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
pub(in crate::wasi) async fn link(
    caller: Call<'_, '_>,
    from_dir: u32,
    lookup_flags: u32,
    from: u32,
    from_len: u32,
    to_dir: u32,
    to: u32,
    to_len: u32,
) -> Answer {
    let (from, to) = (path(caller, from, from_len).await?, path(caller, to, to_len).await?);
    with_files(caller, async |files| {
        same_grant(files, from_dir, to_dir)?;
        let room = files.room(to_dir)?;
        let (from_dir, to_dir) = (files.dir(from_dir)?, files.dir(to_dir)?);
        let lookup = lookup(lookup_flags);
        room.make(async { Ok(files.view().link_at(from_dir, lookup, from, to_dir, to).await?) }).await
    })
    .await
}

pub(in crate::wasi) async fn symlink(
    caller: Call<'_, '_>,
    target: u32,
    target_len: u32,
    dir: u32,
    name: u32,
    len: u32,
) -> Answer {
    let (target, name) = (path(caller, target, target_len).await?, path(caller, name, len).await?);
    with_files(caller, async |files| {
        let (handle, room) = (files.dir(dir)?, files.room(dir)?);
        room.make(async { Ok(files.view().symlink_at(handle, target, name).await?) }).await
    })
    .await
}
