//! WASI preview 1. Streams, clocks, arguments and random bytes are ours: small,
//! counted to the byte, and without anything of the host to inherit.

mod clocks;
mod descriptors;
mod errno;
mod files;
mod guest_memory;
mod process;
mod stdio;
mod streams;

use wasmtime::{Caller, Linker};

use crate::abi::WASI_MODULE;
use crate::guest::Guest;

pub(crate) use descriptors::Descriptors;

type Call<'a, 'b> = &'a mut Caller<'b, Box<Guest>>;

macro_rules! define {
    ($linker:ident, $($function:path, $name:literal, ($($argument:ident: $ty:ty),*));+ $(;)?) => {
        $($linker.func_wrap_async(
            WASI_MODULE,
            $name,
            |mut caller: Caller<'_, Box<Guest>>, ($($argument,)*): ($($ty,)*)| {
                Box::new(async move {
                    errno::answer($function(&mut caller, $($argument),*).await)
                })
            },
        )?;)+
    };
}

pub(crate) fn define(linker: &mut Linker<Box<Guest>>) -> wasmtime::Result<()> {
    linker.func_wrap_async(
        WASI_MODULE,
        "proc_exit",
        |mut caller: Caller<'_, Box<Guest>>, (code,): (i32,)| {
            Box::new(async move { process::proc_exit(&mut caller, code).await })
        },
    )?;
    define! { linker,
        process::args_get, "args_get", (pointers: u32, buffer: u32);
        process::args_sizes_get, "args_sizes_get", (count: u32, bytes: u32);
        process::environ_get, "environ_get", (pointers: u32, buffer: u32);
        process::environ_sizes_get, "environ_sizes_get", (count: u32, bytes: u32);
        process::proc_raise, "proc_raise", (signal: i32);
        process::sched_yield, "sched_yield", ();
        process::random_get, "random_get", (buffer: u32, len: u32);
        process::sock_accept, "sock_accept", (fd: u32, flags: u32, out: u32);
        process::sock_recv, "sock_recv",
            (fd: u32, buffers: u32, count: u32, flags: u32, len: u32, out_flags: u32);
        process::sock_send, "sock_send", (fd: u32, buffers: u32, count: u32, flags: u32, len: u32);
        process::sock_shutdown, "sock_shutdown", (fd: u32, how: u32);
        clocks::clock_res_get, "clock_res_get", (clock: u32, out: u32);
        clocks::clock_time_get, "clock_time_get", (clock: u32, precision: u64, out: u32);
        clocks::poll_oneoff, "poll_oneoff",
            (subscriptions: u32, events: u32, count: u32, out: u32);
        streams::fd_advise, "fd_advise", (fd: u32, offset: u64, len: u64, advice: u32);
        streams::fd_allocate, "fd_allocate", (fd: u32, offset: u64, len: u64);
        streams::fd_close, "fd_close", (fd: u32);
        streams::fd_datasync, "fd_datasync", (fd: u32);
        streams::fd_fdstat_get, "fd_fdstat_get", (fd: u32, out: u32);
        streams::fd_fdstat_set_flags, "fd_fdstat_set_flags", (fd: u32, flags: u32);
        streams::fd_fdstat_set_rights, "fd_fdstat_set_rights",
            (fd: u32, base: u64, inheriting: u64);
        streams::fd_filestat_get, "fd_filestat_get", (fd: u32, out: u32);
        streams::fd_filestat_set_size, "fd_filestat_set_size", (fd: u32, size: u64);
        streams::fd_filestat_set_times, "fd_filestat_set_times",
            (fd: u32, accessed_ns: u64, modified_ns: u64, flags: u32);
        streams::fd_pread, "fd_pread",
            (fd: u32, buffers: u32, count: u32, offset: u64, out: u32);
        streams::fd_prestat_get, "fd_prestat_get", (fd: u32, out: u32);
        streams::fd_prestat_dir_name, "fd_prestat_dir_name", (fd: u32, buffer: u32, len: u32);
        streams::fd_pwrite, "fd_pwrite",
            (fd: u32, buffers: u32, count: u32, offset: u64, out: u32);
        streams::fd_readdir, "fd_readdir",
            (fd: u32, buffer: u32, len: u32, cookie: u64, out: u32);
        streams::fd_renumber, "fd_renumber", (from: u32, to: u32);
        streams::fd_seek, "fd_seek", (fd: u32, offset: i64, whence: u32, out: u32);
        streams::fd_sync, "fd_sync", (fd: u32);
        streams::fd_tell, "fd_tell", (fd: u32, out: u32);
        streams::fd_read, "fd_read", (fd: u32, buffers: u32, count: u32, out: u32);
        streams::fd_write, "fd_write", (fd: u32, buffers: u32, count: u32, out: u32);
        files::create_directory, "path_create_directory", (dir: u32, name: u32, len: u32);
        files::path_filestat_get, "path_filestat_get",
            (dir: u32, flags: u32, name: u32, len: u32, out: u32);
        files::path_set_times, "path_filestat_set_times",
            (dir: u32, lookup: u32, name: u32, len: u32, accessed_ns: u64, modified_ns: u64,
             flags: u32);
        files::link, "path_link",
            (from_dir: u32, flags: u32, from: u32, from_len: u32, to_dir: u32, to: u32,
             to_len: u32);
        files::open, "path_open",
            (dir: u32, lookup: u32, name: u32, len: u32, open_flags: u32, rights: u64,
             inheriting: u64, flags: u32, out: u32);
        files::readlink, "path_readlink",
            (dir: u32, name: u32, len: u32, buffer: u32, cap: u32, out: u32);
        files::remove_directory, "path_remove_directory", (dir: u32, name: u32, len: u32);
        files::rename, "path_rename",
            (from_dir: u32, from: u32, from_len: u32, to_dir: u32, to: u32, to_len: u32);
        files::symlink, "path_symlink",
            (target: u32, target_len: u32, dir: u32, name: u32, len: u32);
        files::unlink, "path_unlink_file", (dir: u32, name: u32, len: u32);
    }
    Ok(())
}
