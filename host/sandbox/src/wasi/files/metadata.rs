//! What is known about an open file, and what may be changed about it.

use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorStat, DescriptorType, HostDescriptor, MetadataHashValue, NewTimestamp,
};

use super::{FILE_FUEL, with_files};
use crate::gate;
use crate::wasi::Call;
use crate::wasi::errno::{Answer, Errno, Fault};
use crate::wasi::guest_memory::put;

pub(in crate::wasi) const FILESTAT_BYTES: usize = 64;

const SET_ACCESSED: u32 = 1;
const SET_ACCESSED_NOW: u32 = 2;
const SET_MODIFIED: u32 = 4;
const SET_MODIFIED_NOW: u32 = 8;

pub(in crate::wasi) async fn filestat_get(caller: Call<'_, '_>, fd: u32, out: u32) -> Answer {
    gate::pay(caller, FILE_FUEL)?;
    let (stat, hash) = with_files(caller, async |files| {
        let handle = files.get(fd)?.handle();
        let stat = files.view().stat(handle).await?;
        let handle = files.get(fd)?.handle();
        Ok((stat, files.view().metadata_hash(handle).await?))
    })
    .await?;
    put(caller, out, &filestat(&stat, &hash))
}

pub(in crate::wasi) async fn set_size(caller: Call<'_, '_>, fd: u32, size: u64) -> Answer {
    gate::pay(caller, FILE_FUEL)?;
    with_files(caller, async |files| {
        let room = files.room(fd)?;
        let handle = files.get(fd)?.handle();
        let before = files.view().stat(handle).await?.size;
        let more = size.saturating_sub(before);
        room.grow(more)?;
        let handle = files.get(fd)?.handle();
        let set = files.view().set_size(handle, size).await;
        if set.is_err() {
            room.give_back(more);
        }
        Ok(set?)
    })
    .await
}

pub(in crate::wasi) async fn set_times(
    caller: Call<'_, '_>,
    fd: u32,
    accessed_ns: u64,
    modified_ns: u64,
    flags: u32,
) -> Answer {
    gate::pay(caller, FILE_FUEL)?;
    let (accessed, modified) = timestamps(accessed_ns, modified_ns, flags)?;
    with_files(caller, async |files| {
        let handle = files.get(fd)?.handle();
        Ok(files.view().set_times(handle, accessed, modified).await?)
    })
    .await
}

/// To the disk: with the metadata, or the contents only.
pub(in crate::wasi) async fn sync(caller: Call<'_, '_>, fd: u32, contents_only: bool) -> Answer {
    gate::pay(caller, FILE_FUEL)?;
    with_files(caller, async |files| {
        let handle = files.get(fd)?.handle();
        if contents_only {
            files.view().sync_data(handle).await?;
        } else {
            files.view().sync(handle).await?;
        }
        Ok(())
    })
    .await
}

pub(super) fn timestamps(
    accessed_ns: u64,
    modified_ns: u64,
    flags: u32,
) -> Result<(NewTimestamp, NewTimestamp), Fault> {
    let one = |ns: u64, set: bool, now: bool| match (set, now) {
        (true, true) => Err(Errno::Invalid),
        (true, false) => Ok(NewTimestamp::Timestamp(Datetime {
            seconds: ns / 1_000_000_000,
            nanoseconds: (ns % 1_000_000_000) as u32,
        })),
        (false, true) => Ok(NewTimestamp::Now),
        (false, false) => Ok(NewTimestamp::NoChange),
    };
    let is = |flag: u32| flags & flag != 0;
    Ok((
        one(accessed_ns, is(SET_ACCESSED), is(SET_ACCESSED_NOW))?,
        one(modified_ns, is(SET_MODIFIED), is(SET_MODIFIED_NOW))?,
    ))
}

/// As WASI lays it out. The inode is a hash: enough to tell two files apart.
pub(super) fn filestat(stat: &DescriptorStat, hash: &MetadataHashValue) -> [u8; FILESTAT_BYTES] {
    let mut bytes = [0; FILESTAT_BYTES];
    let mut put = |at: usize, value: u64| bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    put(0, 1);
    put(8, hash.lower);
    put(16, u64::from(file_type(&stat.type_)));
    put(24, stat.link_count);
    put(32, stat.size);
    put(40, nanoseconds(stat.data_access_timestamp));
    put(48, nanoseconds(stat.data_modification_timestamp));
    put(56, nanoseconds(stat.status_change_timestamp));
    bytes
}

fn nanoseconds(time: Option<Datetime>) -> u64 {
    time.map_or(0, |time| {
        time.seconds.saturating_mul(1_000_000_000).saturating_add(u64::from(time.nanoseconds))
    })
}

fn file_type(descriptor_type: &DescriptorType) -> u8 {
    match descriptor_type {
        DescriptorType::BlockDevice => 1,
        DescriptorType::CharacterDevice => 2,
        DescriptorType::Directory => 3,
        DescriptorType::RegularFile => 4,
        DescriptorType::Socket => 6,
        DescriptorType::SymbolicLink => 7,
        DescriptorType::Unknown | DescriptorType::Fifo => 0,
    }
}
