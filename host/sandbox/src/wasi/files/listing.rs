//! Listing a directory, as much as fits the guest's buffer. A cookie is the
//! kernel's own place in the directory, so nothing is kept between two calls and
//! nothing is read twice, however large the directory is.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::MaybeUninit;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{FileType, Mode, OFlags, RawDir, SeekFrom};

use super::{FILE_FUEL, blocking};
use crate::gate;
use crate::memory::split;
use crate::wasi::Call;
use crate::wasi::errno::Answer;
use crate::wasi::guest_memory::{put, range, write};

/// Listed by one call at most, whatever buffer the guest has.
const LISTING_MAX_BYTES: u32 = 64 * 1024;
const KERNEL_BUFFER_BYTES: usize = 8 * 1024;

pub(in crate::wasi) async fn readdir(
    caller: Call<'_, '_>,
    fd: u32,
    buffer: u32,
    len: u32,
    cookie: u64,
    out: u32,
) -> Answer {
    gate::pay(caller, FILE_FUEL)?;
    let len = len.min(LISTING_MAX_BYTES);
    let (memory, guest) = split(caller)?;
    range(memory, buffer, u64::from(len))?;
    let dir = guest.descriptors.files.os_dir(fd)?;
    let shared = guest.shared.clone();
    shared.host.charge("a directory listing", u64::from(len))?;
    let listed = gate::wait(caller, blocking(move || list(&dir, cookie, len as usize))).await;
    shared.host.release(u64::from(len));
    let entries = listed?;
    gate::pay(caller, entries.len() as u64)?;
    let (memory, _) = split(caller)?;
    write(memory, buffer, &entries)?;
    put(caller, out, &(entries.len() as u32).to_le_bytes())
}

/// Entries as WASI lays them out; the last one is cut when the buffer is full,
/// which is how the guest learns that there is more.
fn list(dir: &File, cookie: u64, len: usize) -> rustix::io::Result<Vec<u8>> {
    // A descriptor of its own, because the place in a directory belongs to it.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let own = rustix::fs::openat(dir, ".", flags, Mode::empty())?;
    if cookie > 0 {
        rustix::fs::seek(&own, SeekFrom::Start(cookie))?;
    }
    let (device, own_inode) = dir.metadata().map_or((0, 0), |metadata| (metadata.dev(), metadata.ino()));
    let mut entries = Vec::with_capacity(len);
    let mut kernel_buffer = [MaybeUninit::uninit(); KERNEL_BUFFER_BYTES];
    let mut listing = RawDir::new(&own, &mut kernel_buffer);
    while let Some(entry) = listing.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        // What lies above a grant has no number here.
        let inode = if name == b".." { own_inode } else { entry.ino() };
        entries.extend_from_slice(&entry.next_entry_cookie().to_le_bytes());
        entries.extend_from_slice(&number(device, inode).to_le_bytes());
        entries.extend_from_slice(&(name.len() as u32).to_le_bytes());
        entries.extend_from_slice(&[file_type(entry.file_type()), 0, 0, 0]);
        entries.extend_from_slice(name);
        if entries.len() >= len {
            entries.truncate(len);
            break;
        }
    }
    Ok(entries)
}

/// The same as where a file is looked at, so that a program may compare them; the host's own is not told.
fn number(device: u64, inode: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (device, inode).hash(&mut hasher);
    hasher.finish()
}

fn file_type(file_type: FileType) -> u8 {
    match file_type {
        FileType::BlockDevice => 1,
        FileType::CharacterDevice => 2,
        FileType::Directory => 3,
        FileType::RegularFile => 4,
        FileType::Symlink => 7,
        _ => 0,
    }
}
