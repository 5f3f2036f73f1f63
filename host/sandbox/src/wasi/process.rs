//! Arguments, an environment that is always empty, exit, random bytes, and the
//! sockets that there are not.

use wasmtime_wasi::Rng;

use super::Call;
use super::errno::{Answer, Errno};
use super::guest_memory::{range, write};
use crate::attempt::Leave;
use crate::gate;
use crate::memory::split;

/// Filled between two looks at the flags.
const RANDOM_CHUNK_BYTES: usize = 64 * 1024;
/// What a command is called when the job has no kind.
const NAMELESS: &str = "job";

fn program_name(kind: &str) -> &str {
    if kind.is_empty() { NAMELESS } else { kind }
}

pub(super) async fn args_sizes_get(caller: Call<'_, '_>, count: u32, bytes: u32) -> Answer {
    gate::enter(caller, 8).await?;
    let (memory, guest) = split(caller)?;
    let total =
        program_name(&guest.job.kind).len() + 1 + guest.args.iter().map(|arg| arg.len() + 1).sum::<usize>();
    write(memory, count, &(guest.args.len() as u32 + 1).to_le_bytes())?;
    write(memory, bytes, &(total as u32).to_le_bytes())
}

pub(super) async fn args_get(caller: Call<'_, '_>, pointers: u32, buffer: u32) -> Answer {
    let args_bytes: usize = caller.data().args.iter().map(|arg| arg.len() + 5).sum();
    gate::enter(caller, args_bytes as u64).await?;
    let (memory, guest) = split(caller)?;
    let mut at = buffer;
    let name = program_name(&guest.job.kind);
    for (index, arg) in std::iter::once(name).chain(guest.args.iter().map(String::as_str)).enumerate() {
        let pointer = pointers.checked_add(index as u32 * 4).ok_or(Errno::Fault)?;
        write(memory, pointer, &at.to_le_bytes())?;
        write(memory, at, arg.as_bytes())?;
        at = at.checked_add(arg.len() as u32).ok_or(Errno::Fault)?;
        write(memory, at, &[0])?;
        at = at.checked_add(1).ok_or(Errno::Fault)?;
    }
    Ok(())
}

pub(super) async fn environ_sizes_get(caller: Call<'_, '_>, count: u32, bytes: u32) -> Answer {
    gate::enter(caller, 8).await?;
    let (memory, _) = split(caller)?;
    write(memory, count, &0u32.to_le_bytes())?;
    write(memory, bytes, &0u32.to_le_bytes())
}

pub(super) async fn environ_get(caller: Call<'_, '_>, _pointers: u32, _buffer: u32) -> Answer {
    gate::enter(caller, 0).await?;
    Ok(())
}

pub(super) async fn proc_exit(caller: Call<'_, '_>, code: i32) -> wasmtime::Result<()> {
    gate::enter(caller, 0).await?;
    Err(Leave::Exit(code).into())
}

pub(super) async fn proc_raise(caller: Call<'_, '_>, _signal: i32) -> Answer {
    gate::enter(caller, 0).await?;
    Err(Errno::NotSupported.into())
}

pub(super) async fn sched_yield(caller: Call<'_, '_>) -> Answer {
    gate::enter(caller, 0).await?;
    gate::give_way().await;
    Ok(())
}

/// In place, a chunk at a time: any size, at the price of its bytes.
pub(super) async fn random_get(caller: Call<'_, '_>, buffer: u32, len: u32) -> Answer {
    let (memory, _) = split(caller)?;
    let whole = range(memory, buffer, u64::from(len))?;
    let mut at = whole.start;
    loop {
        let end = whole.end.min(at + RANDOM_CHUNK_BYTES);
        gate::enter(caller, (end - at) as u64).await?;
        let (memory, _) = split(caller)?;
        wasmtime_wasi::thread_rng().fill_bytes(&mut memory[at..end]);
        at = end;
        if at == whole.end {
            return Ok(());
        }
    }
}

pub(super) async fn sock_accept(caller: Call<'_, '_>, _fd: u32, _flags: u32, _out: u32) -> Answer {
    no_sockets(caller).await
}

pub(super) async fn sock_recv(
    caller: Call<'_, '_>,
    _fd: u32,
    _buffers: u32,
    _count: u32,
    _flags: u32,
    _len: u32,
    _out_flags: u32,
) -> Answer {
    no_sockets(caller).await
}

pub(super) async fn sock_send(
    caller: Call<'_, '_>,
    _fd: u32,
    _buffers: u32,
    _count: u32,
    _flags: u32,
    _len: u32,
) -> Answer {
    no_sockets(caller).await
}

pub(super) async fn sock_shutdown(caller: Call<'_, '_>, _fd: u32, _how: u32) -> Answer {
    no_sockets(caller).await
}

async fn no_sockets(caller: Call<'_, '_>) -> Answer {
    gate::enter(caller, 0).await?;
    Err(Errno::BadDescriptor.into())
}
