//! WASI preview 1. Streams, clocks, arguments and random bytes are ours: small,
//! counted to the byte, and without anything of the host to inherit.

mod clocks;
mod descriptors;
mod errno;
mod guest_memory;
mod process;
mod stdio;
mod streams;

use wasmtime::{Caller, Linker};

use crate::abi::WASI_MODULE;
use crate::guest::Guest;

pub(crate) use descriptors::Descriptors;

type Call<'a, 'b> = &'a mut Caller<'b, Guest>;

macro_rules! define {
    ($linker:ident, $($function:path, $name:literal, ($($argument:ident: $ty:ty),*));+ $(;)?) => {
        $($linker.func_wrap_async(
            WASI_MODULE,
            $name,
            |mut caller: Caller<'_, Guest>, ($($argument,)*): ($($ty,)*)| {
                Box::new(async move {
                    errno::answer($function(&mut caller, $($argument),*).await)
                })
            },
        )?;)+
    };
}

pub(crate) fn define(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap_async(WASI_MODULE, "proc_exit", |mut caller: Caller<'_, Guest>, (code,): (i32,)| {
        Box::new(async move { process::proc_exit(&mut caller, code).await })
    })?;
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
        streams::fd_read, "fd_read", (fd: u32, buffers: u32, count: u32, out: u32);
        streams::fd_write, "fd_write", (fd: u32, buffers: u32, count: u32, out: u32);
    }
    Ok(())
}
