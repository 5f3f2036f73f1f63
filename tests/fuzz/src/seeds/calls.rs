//! Lists of calls to begin with: every function once, and some that belong together.

use crate::host_calls::guest::{
    EIGHT_BYTES, FOUR_BYTES, LAST_RESULT, POINTER_TO_INPUT, POWER_OF_TWO, POWER_OF_TWO_NEGATED, SMALL,
    functions, number_of,
};

/// An argument that is a small number.
fn small(number: u8) -> Vec<u8> {
    vec![number + SMALL]
}

/// One of 32 bits.
fn wide(number: u32) -> Vec<u8> {
    [&[FOUR_BYTES][..], &number.to_le_bytes()].concat()
}

fn call(name: &str, arguments: &[Vec<u8>]) -> Vec<u8> {
    [vec![number_of(name)], arguments.concat()].concat()
}

pub fn lists() -> Vec<Vec<u8>> {
    // Where the guest has texts and buffers; see its data.
    let (buffer, result) = (small(8), wide(1024));
    let (file, new, up) = (wide(64), wide(72), wide(96));
    let zero = small(0);
    let out = small(3);
    let open = |path: &[u8], len: u8, flags: u8, fd_flags: u8| {
        let rights = vec![POWER_OF_TWO_NEGATED, 0];
        let path = [out.clone(), small(1), path.to_vec(), small(len), small(flags)];
        call("path_open", &[&path[..], &[rights.clone(), rights, small(fd_flags), result.clone()]].concat())
    };
    let mut lists = vec![
        [
            open(&file, 4, 1, 1),
            call("fd_write", &[small(5), buffer.clone(), small(2), result.clone()]),
            call("fd_seek", &[small(5), zero.clone(), zero.clone(), result.clone()]),
            call("fd_read", &[small(5), buffer.clone(), small(1), result.clone()]),
            call("fd_filestat_set_size", &[small(5), wide(70_000)]),
            call("fd_allocate", &[small(5), zero.clone(), wide(60_000)]),
            call("fd_close", &[small(5)]),
        ]
        .concat(),
        [
            call("path_create_directory", &[out.clone(), new.clone(), small(7)]),
            call("path_symlink", &[up.clone(), small(2), out.clone(), new.clone(), small(3)]),
            call("path_rename", &[out.clone(), file.clone(), small(4), out.clone(), new.clone(), small(7)]),
            call(
                "path_link",
                &[out.clone(), small(1), up.clone(), small(2), out.clone(), new.clone(), small(3)],
            ),
            call("path_unlink_file", &[out.clone(), file.clone(), small(4)]),
            call("fd_readdir", &[out.clone(), result.clone(), wide(512), zero.clone(), buffer.clone()]),
        ]
        .concat(),
        [
            call("append", &[file.clone(), small(4), buffer.clone(), small(100)]),
            call("enqueue", &[wide(128), small(40), result.clone(), small(64)]),
            call("checkpoint", &[buffer.clone(), small(16), small(1)]),
            call("log", &[small(3), wide(128), small(40)]),
            call("progress", &[small(1), small(2), file.clone(), small(4)]),
            call("output", &[wide(128), small(40)]),
        ]
        .concat(),
        [
            vec![POINTER_TO_INPUT; 3],
            call("fail", &[small(4), small(9), wide(128), small(9)]),
            call("resume", &[result.clone(), wide(4096)]),
        ]
        .concat(),
        [
            call("left", &[small(0)]),
            call("left", &[vec![LAST_RESULT]]),
            call("fd_seek", &[small(1), vec![POWER_OF_TWO, 63], small(2), result.clone()]),
            call("oom", &[[&[EIGHT_BYTES][..], &u64::MAX.to_le_bytes()].concat(), vec![POWER_OF_TWO, 16]]),
        ]
        .concat(),
        open(&up, 2, 0, 0),
        open(&new, 7, 9, 4),
    ];
    let arguments = [out, buffer, file, small(4), zero, wide(64), small(1), result].concat();
    for function in functions() {
        lists.push(call(function.name, std::slice::from_ref(&arguments)));
    }
    lists
}
