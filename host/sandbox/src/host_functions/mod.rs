//! The functions of the import module `cofferdam_v1`, as `cofferdam.h` defines
//! them. Each goes through the gate first, checks every pointer next, and
//! only then allocates. Nothing is performed here: effects go into the ledger.

mod checkpoint;
mod effects;
mod ending;
mod facts;
mod telling;
mod values;

use wasmtime::{Caller, Linker};

use crate::abi::IMPORT_MODULE;
use crate::guest::Guest;

pub(crate) type Call<'a, 'b> = &'a mut Caller<'b, Box<Guest>>;

/// There is no such value.
pub(crate) const E_NONE: i32 = -1;
/// Over the size limit of that value.
pub(crate) const E_TOO_LARGE: i32 = -2;
/// Not what it has to be: text, JSON, a name, a class.
pub(crate) const E_INVALID: i32 = -3;
/// Not allowed now.
pub(crate) const E_STATE: i32 = -4;

macro_rules! define {
    ($linker:ident, $($name:literal => $function:path, ($($argument:ident: $ty:ty),*));+ $(;)?) => {
        $($linker.func_wrap_async(
            IMPORT_MODULE,
            $name,
            |mut caller: Caller<'_, Box<Guest>>, ($($argument,)*): ($($ty,)*)| {
                Box::new(async move { $function(&mut caller, $($argument),*).await })
            },
        )?;)+
    };
}

pub(crate) fn define(linker: &mut Linker<Box<Guest>>) -> wasmtime::Result<()> {
    define! { linker,
        "input" => values::input, (buffer: u32, cap: u32);
        "output" => values::output, (pointer: u32, len: u32);
        "resume" => values::resume, (buffer: u32, cap: u32);
        "checkpoint" => checkpoint::checkpoint, (pointer: u32, len: u32, mode: i32);
        "append" => effects::append, (part: u32, part_len: u32, pointer: u32, len: u32);
        "enqueue" => effects::enqueue, (spec: u32, len: u32, id: u32, cap: u32);
        "progress" => telling::progress, (done: u64, total: u64, message: u32, len: u32);
        "log" => telling::log, (level: i32, pointer: u32, len: u32);
        "stop_requested" => facts::stop_requested, ();
        "info" => facts::info, (buffer: u32, cap: u32);
        "left" => facts::left, (which: i32);
        "fail" => ending::fail, (class: i32, delay_ms: u64, message: u32, len: u32);
        "panic" => ending::panic,
            (message: u32, len: u32, file: u32, file_len: u32, line: u32, column: u32);
        "oom" => ending::oom, (size_bytes: u64, align_bytes: u64);
    }
    Ok(())
}

/// A length as the guest sees it; nothing that large passes the host allowance.
fn as_result(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}

/// At most this many bytes of text; what is not UTF-8 is replaced.
fn text(bytes: &[u8], bytes_max: u64) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    // What stands for one byte takes three.
    text.truncate(text.floor_char_boundary(usize::try_from(bytes_max).unwrap_or(usize::MAX)));
    text
}
