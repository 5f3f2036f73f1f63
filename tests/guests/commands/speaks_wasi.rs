//! One check for each function of WASI preview 1, by its name: as a program that uses it would
//! find it. Ends with 0, or says what it found.
//!
//! Its grants: `/data` to write in, with a file `kept.txt` of `kept\n`; `/docs` to read.

use std::process::exit;

use cofferdam_guests::wasi::*;

const OK: Errno = 0;
const BADF: Errno = 8;
const NOTSUP: Errno = 58;
const SPIPE: Errno = 70;
const ROFS_OR_PERM: [Errno; 3] = [2, 63, 69];

/// Where grants begin; which comes first is not promised.
const FIRST: u32 = 3;
const FOLLOW: u32 = 1;
const CREATE: u32 = 1;
const READ: u64 = 1 << 1;
const WRITE: u64 = 1 << 6;

fn main() {
    let function = std::env::args().nth(1).expect("the name of a function");
    // SAFETY: every pointer is to memory that lives as long as the call, of the size that the
    // function is told or that WASI says it writes.
    unsafe { check(&function) }
}

#[track_caller]
fn is(found: Errno, expected: Errno) {
    assert!(found == expected, "errno {found}, not {expected}");
}

unsafe fn open(dir: u32, name: &str, how: u32, rights: u64) -> u32 {
    let mut fd = 0;
    is(
        unsafe { path_open(dir, FOLLOW, name.as_ptr(), name.len() as u32, how, rights, rights, 0, &mut fd) },
        OK,
    );
    fd
}

/// The descriptor of a grant.
fn grant(name: &str) -> u32 {
    let is_it = |fd: &u32| {
        let mut found = [0_u8; 5];
        let errno = unsafe { fd_prestat_dir_name(*fd, found.as_mut_ptr(), 5) };
        errno == OK && found == name.as_bytes()
    };
    (FIRST..FIRST + 2).find(is_it).expect("the grant")
}

fn data() -> u32 {
    grant("/data")
}

fn docs() -> u32 {
    grant("/docs")
}

/// A new file of `0123456789` to read and write.
unsafe fn digits() -> u32 {
    let fd = unsafe { open(data(), "digits", CREATE, READ | WRITE) };
    is(unsafe { fd_pwrite(fd, &Span(b"0123456789".as_ptr(), 10), 1, 0, &mut 0) }, OK);
    fd
}

unsafe fn text(fd: u32, offset: u64) -> String {
    let (mut buffer, mut len) = ([0_u8; 64], 0);
    is(unsafe { fd_pread(fd, &Span(buffer.as_mut_ptr(), 64), 1, offset, &mut len) }, OK);
    String::from_utf8_lossy(&buffer[..len as usize]).into_owned()
}

fn at(name: &str) -> (*const u8, u32) {
    (name.as_ptr(), name.len() as u32)
}

fn size_of(name: &str) -> Result<u64, Errno> {
    let mut stat = [0_u64; 8];
    let (pointer, len) = at(name);
    match unsafe { path_filestat_get(data(), FOLLOW, pointer, len, stat.as_mut_ptr()) } {
        OK => Ok(stat[4]),
        errno => Err(errno),
    }
}

unsafe fn check(function: &str) {
    let (mut small, mut large, mut bytes) = ([0_u32; 2], [0_u64; 8], [0_u8; 4096]);
    let buffer = bytes.as_mut_ptr();
    unsafe {
        match function {
            "args_sizes_get" => {
                is(args_sizes_get(&mut small[0], &mut small[1]), OK);
                assert_eq!((small[0], small[1] as usize), (2, "speaks_wasi\0args_sizes_get\0".len()));
            }
            "args_get" => {
                let mut pointers = [std::ptr::null_mut(); 2];
                is(args_get(pointers.as_mut_ptr(), buffer), OK);
                assert!(bytes.starts_with(b"speaks_wasi\0args_get\0"));
                assert_eq!(pointers[1].offset_from(buffer), 12);
            }
            "environ_sizes_get" => {
                is(environ_sizes_get(&mut small[0], &mut small[1]), OK);
                assert_eq!(small, [0, 0], "there is no environment");
            }
            "environ_get" => is(environ_get(std::ptr::null_mut(), buffer), OK),
            "clock_res_get" => {
                is(clock_res_get(0, &mut large[0]), OK);
                assert!(large[0] > 0);
                is(clock_res_get(77, &mut large[0]), 28);
            }
            "clock_time_get" => {
                for clock in 0..=3 {
                    is(clock_time_get(clock, 1, &mut large[clock as usize]), OK);
                }
                assert!(large[0] > 1_700_000_000_000_000_000, "the time of day");
                is(clock_time_get(1, 1, &mut large[4]), OK);
                assert!(large[1] <= large[4] && large[1] < 60_000_000_000, "since the attempt's start");
            }
            "fd_advise" => {
                is(fd_advise(digits(), 0, 10, 2), OK);
                is(fd_advise(99, 0, 10, 2), BADF);
            }
            "fd_allocate" => is(fd_allocate(digits(), 0, 1 << 20), NOTSUP),
            "fd_close" => {
                let fd = digits();
                is(fd_close(fd), OK);
                is(fd_close(fd), BADF);
            }
            "fd_datasync" => is(fd_datasync(digits()), OK),
            "fd_sync" => is(fd_sync(digits()), OK),
            "fd_fdstat_get" => {
                is(fd_fdstat_get(data(), buffer), OK);
                assert_eq!(*buffer, 3, "a directory");
                is(fd_fdstat_get(digits(), buffer), OK);
                assert_eq!(*buffer, 4, "a file");
                is(fd_fdstat_get(1, buffer), OK);
                assert_eq!(*buffer, 0, "no terminal");
            }
            "fd_fdstat_set_flags" => {
                let fd = digits();
                is(fd_fdstat_set_flags(fd, 1), OK);
                is(fd_write(fd, &Span(b"end".as_ptr(), 3), 1, &mut small[0]), OK);
                assert_eq!(text(fd, 0), "0123456789end", "appended");
                is(fd_fdstat_set_flags(fd, 2), NOTSUP);
            }
            "fd_fdstat_set_rights" => is(fd_fdstat_set_rights(digits(), READ, 0), NOTSUP),
            "fd_filestat_get" => {
                is(fd_filestat_get(digits(), large.as_mut_ptr()), OK);
                assert_eq!((large[2] & 0xff, large[4]), (4, 10), "a file of 10 bytes");
            }
            "fd_filestat_set_size" => {
                let fd = digits();
                is(fd_filestat_set_size(fd, 4), OK);
                assert_eq!(text(fd, 0), "0123");
                is(fd_filestat_set_size(fd, 6), OK);
                assert_eq!(text(fd, 0), "0123\0\0");
            }
            "fd_filestat_set_times" => {
                let fd = digits();
                is(fd_filestat_set_times(fd, 0, 1_000_000_000, 4), OK);
                is(fd_filestat_get(fd, large.as_mut_ptr()), OK);
                assert_eq!(large[6], 1_000_000_000);
            }
            "fd_pread" => {
                assert_eq!(text(digits(), 7), "789");
                is(fd_pread(0, &Span(buffer, 1), 1, 0, &mut small[0]), SPIPE);
            }
            "fd_pwrite" => {
                let fd = digits();
                is(fd_pwrite(fd, &Span(b"xy".as_ptr(), 2), 1, 3, &mut small[0]), OK);
                assert_eq!((small[0], text(fd, 0).as_str()), (2, "012xy56789"));
            }
            "fd_prestat_get" => {
                is(fd_prestat_get(data(), small.as_mut_ptr()), OK);
                assert_eq!(small, [0, 5], "a directory whose name has 5 bytes");
                is(fd_prestat_get(FIRST + 2, small.as_mut_ptr()), BADF);
            }
            "fd_prestat_dir_name" => {
                is(fd_prestat_dir_name(docs(), buffer, 5), OK);
                assert!(bytes.starts_with(b"/docs"));
            }
            "fd_read" => {
                is(fd_read(0, &Span(buffer, 4096), 1, &mut small[0]), OK);
                assert_eq!(&bytes[..small[0] as usize], b"\"the input\"");
                let fd = digits();
                // A short read: the first buffer that is not empty.
                let halves = [Span(buffer, 0), Span(buffer, 8), Span(buffer.add(8), 4)];
                is(fd_read(fd, halves.as_ptr(), 3, &mut small[0]), OK);
                assert_eq!((small[0], &bytes[..8]), (8, &b"01234567"[..]));
                is(fd_read(fd, &Span(buffer, 64), 1, &mut small[0]), OK);
                assert_eq!(small[0], 2);
                is(fd_read(fd, &Span(buffer, 64), 1, &mut small[0]), OK);
                assert_eq!(small[0], 0, "the end");
            }
            "fd_write" => {
                let pieces = [Span(b"of two ".as_ptr(), 7), Span(b"pieces".as_ptr(), 6)];
                is(fd_write(1, pieces.as_ptr(), 2, &mut small[0]), OK);
                assert_eq!(small[0], 13);
                is(fd_write(open(docs(), "kept.txt", 0, READ), pieces.as_ptr(), 2, &mut small[0]), BADF);
            }
            "fd_readdir" => {
                is(fd_readdir(data(), buffer, 4096, 0, &mut small[0]), OK);
                let listed = String::from_utf8_lossy(&bytes[..small[0] as usize]).into_owned();
                assert!(listed.contains("kept.txt"), "{listed:?}");
            }
            "fd_renumber" => {
                let (from, to) = (digits(), open(data(), "kept.txt", 0, READ));
                is(fd_renumber(from, to), OK);
                assert_eq!(text(to, 0), "0123456789");
                is(fd_close(from), BADF);
                is(fd_renumber(to, 1), NOTSUP);
            }
            "fd_seek" => {
                let fd = digits();
                for (offset, whence, place) in [(4, 0, 4), (3, 1, 7), (-1, 2, 9)] {
                    is(fd_seek(fd, offset, whence, &mut large[0]), OK);
                    assert_eq!(large[0], place);
                }
                is(fd_seek(fd, -100, 1, &mut large[0]), 28);
                is(fd_seek(1, 0, 0, &mut large[0]), SPIPE);
            }
            "fd_tell" => {
                let fd = digits();
                is(fd_read(fd, &Span(buffer, 6), 1, &mut small[0]), OK);
                is(fd_tell(fd, &mut large[0]), OK);
                assert_eq!(large[0], 6);
            }
            "path_create_directory" => {
                let (name, len) = at("new");
                is(path_create_directory(data(), name, len), OK);
                is(path_create_directory(data(), name, len), 20);
                assert!(ROFS_OR_PERM.contains(&path_create_directory(docs(), name, len)));
            }
            "path_remove_directory" => {
                let (name, len) = at("gone");
                is(path_create_directory(data(), name, len), OK);
                is(path_remove_directory(data(), name, len), OK);
                is(path_remove_directory(data(), name, len), 44);
            }
            "path_filestat_get" => {
                assert_eq!((size_of("kept.txt"), size_of("none.txt")), (Ok(5), Err(44)));
            }
            "path_filestat_set_times" => {
                let (name, len) = at("kept.txt");
                is(path_filestat_set_times(data(), FOLLOW, name, len, 0, 2_000_000_000, 4), OK);
                is(path_filestat_get(data(), FOLLOW, name, len, large.as_mut_ptr()), OK);
                assert_eq!(large[6], 2_000_000_000);
            }
            "path_link" => {
                let ((from, from_len), (to, to_len)) = (at("kept.txt"), at("linked.txt"));
                is(path_link(data(), 0, from, from_len, data(), to, to_len), OK);
                assert_eq!(size_of("linked.txt"), Ok(5));
            }
            "path_open" => {
                assert_eq!(text(open(data(), "kept.txt", 0, READ), 0), "kept\n");
                for (dir, name, how, rights, errno) in [
                    (data(), "none.txt", 0, READ, 44),
                    (data(), "kept.txt", CREATE | 4, READ | WRITE, 20),
                    (data(), "kept.txt", 2, READ, 54),
                    (99, "kept.txt", 0, READ, BADF),
                ] {
                    let (name, len) = at(name);
                    is(path_open(dir, FOLLOW, name, len, how, rights, rights, 0, &mut small[0]), errno);
                }
            }
            "path_rename" => {
                let ((from, from_len), (to, to_len)) = (at("kept.txt"), at("renamed.txt"));
                is(path_rename(data(), from, from_len, data(), to, to_len), OK);
                assert_eq!((size_of("kept.txt"), size_of("renamed.txt")), (Err(44), Ok(5)));
            }
            "path_symlink" | "path_readlink" => {
                let ((target, target_len), (name, len)) = (at("kept.txt"), at("link"));
                is(path_symlink(target, target_len, data(), name, len), OK);
                is(path_readlink(data(), name, len, buffer, 4096, &mut small[0]), OK);
                assert_eq!(&bytes[..small[0] as usize], b"kept.txt");
                assert_eq!(size_of("link"), Ok(5), "followed");
                let (out, out_len) = at("/etc/passwd");
                let (name, len) = at("other");
                assert_ne!(path_symlink(out, out_len, data(), name, len), OK, "no link out of a grant");
            }
            "path_unlink_file" => {
                let (name, len) = at("kept.txt");
                is(path_unlink_file(data(), name, len), OK);
                is(path_unlink_file(data(), name, len), 44);
            }
            "poll_oneoff" => {
                // One clock: user data, kind, id, 5 ms, precision, flags.
                let subscription = [7, 0, 1, 5_000_000, 0, 0];
                is(clock_time_get(1, 1, &mut large[0]), OK);
                is(poll_oneoff(subscription.as_ptr(), buffer, 1, &mut small[0]), OK);
                is(clock_time_get(1, 1, &mut large[1]), OK);
                assert_eq!((small[0], *buffer), (1, 7), "one event, of that clock");
                assert!(large[1] - large[0] >= 5_000_000, "it has slept");
            }
            "proc_exit" => proc_exit(0),
            "proc_raise" => is(proc_raise(6), NOTSUP),
            "sched_yield" => is(sched_yield(), OK),
            "random_get" => {
                is(random_get(buffer, 64), OK);
                assert!(bytes[..64].iter().any(|byte| *byte != 0));
            }
            "sock_accept" => is(sock_accept(data(), 0, &mut small[0]), BADF),
            "sock_recv" => is(sock_recv(0, &Span(buffer, 1), 1, 0, &mut small[0], &mut small[1]), BADF),
            "sock_send" => is(sock_send(1, &Span(buffer, 1), 1, 0, &mut small[0]), BADF),
            "sock_shutdown" => is(sock_shutdown(0, 2), BADF),
            other => {
                eprintln!("no check for `{other}`");
                exit(2);
            }
        }
    }
}
