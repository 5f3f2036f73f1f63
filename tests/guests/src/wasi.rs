//! Every function of WASI preview 1 as it is imported, with nothing in between.

/// 0, or what is wrong.
pub type Errno = i32;

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    pub fn args_get(pointers: *mut *mut u8, buffer: *mut u8) -> Errno;
    pub fn args_sizes_get(count: *mut u32, bytes: *mut u32) -> Errno;
    pub fn environ_get(pointers: *mut *mut u8, buffer: *mut u8) -> Errno;
    pub fn environ_sizes_get(count: *mut u32, bytes: *mut u32) -> Errno;
    pub fn clock_res_get(clock: u32, out: *mut u64) -> Errno;
    pub fn clock_time_get(clock: u32, precision: u64, out: *mut u64) -> Errno;
    pub fn fd_advise(fd: u32, offset: u64, len: u64, advice: u32) -> Errno;
    pub fn fd_allocate(fd: u32, offset: u64, len: u64) -> Errno;
    pub fn fd_close(fd: u32) -> Errno;
    pub fn fd_datasync(fd: u32) -> Errno;
    pub fn fd_fdstat_get(fd: u32, out: *mut u8) -> Errno;
    pub fn fd_fdstat_set_flags(fd: u32, flags: u32) -> Errno;
    pub fn fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) -> Errno;
    pub fn fd_filestat_get(fd: u32, out: *mut u64) -> Errno;
    pub fn fd_filestat_set_size(fd: u32, size: u64) -> Errno;
    pub fn fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32) -> Errno;
    pub fn fd_pread(fd: u32, buffers: *const Span, count: u32, offset: u64, out: *mut u32) -> Errno;
    pub fn fd_prestat_get(fd: u32, out: *mut u32) -> Errno;
    pub fn fd_prestat_dir_name(fd: u32, buffer: *mut u8, len: u32) -> Errno;
    pub fn fd_pwrite(fd: u32, buffers: *const Span, count: u32, offset: u64, out: *mut u32) -> Errno;
    pub fn fd_read(fd: u32, buffers: *const Span, count: u32, out: *mut u32) -> Errno;
    pub fn fd_readdir(fd: u32, buffer: *mut u8, len: u32, cookie: u64, out: *mut u32) -> Errno;
    pub fn fd_renumber(from: u32, to: u32) -> Errno;
    pub fn fd_seek(fd: u32, offset: i64, whence: u32, out: *mut u64) -> Errno;
    pub fn fd_sync(fd: u32) -> Errno;
    pub fn fd_tell(fd: u32, out: *mut u64) -> Errno;
    pub fn fd_write(fd: u32, buffers: *const Span, count: u32, out: *mut u32) -> Errno;
    pub fn path_create_directory(dir: u32, name: *const u8, len: u32) -> Errno;
    pub fn path_filestat_get(dir: u32, flags: u32, name: *const u8, len: u32, out: *mut u64) -> Errno;
    pub fn path_filestat_set_times(
        dir: u32,
        lookup: u32,
        name: *const u8,
        len: u32,
        accessed: u64,
        modified: u64,
        flags: u32,
    ) -> Errno;
    pub fn path_link(
        from_dir: u32,
        flags: u32,
        from: *const u8,
        from_len: u32,
        to_dir: u32,
        to: *const u8,
        to_len: u32,
    ) -> Errno;
    pub fn path_open(
        dir: u32,
        lookup: u32,
        name: *const u8,
        len: u32,
        open: u32,
        rights: u64,
        inheriting: u64,
        flags: u32,
        out: *mut u32,
    ) -> Errno;
    pub fn path_readlink(
        dir: u32,
        name: *const u8,
        len: u32,
        buffer: *mut u8,
        cap: u32,
        out: *mut u32,
    ) -> Errno;
    pub fn path_remove_directory(dir: u32, name: *const u8, len: u32) -> Errno;
    pub fn path_rename(
        from_dir: u32,
        from: *const u8,
        from_len: u32,
        to_dir: u32,
        to: *const u8,
        to_len: u32,
    ) -> Errno;
    pub fn path_symlink(target: *const u8, target_len: u32, dir: u32, name: *const u8, len: u32) -> Errno;
    pub fn path_unlink_file(dir: u32, name: *const u8, len: u32) -> Errno;
    pub fn poll_oneoff(subscriptions: *const u64, events: *mut u8, count: u32, out: *mut u32) -> Errno;
    pub fn proc_exit(code: u32) -> !;
    pub fn proc_raise(signal: u32) -> Errno;
    pub fn sched_yield() -> Errno;
    pub fn random_get(buffer: *mut u8, len: u32) -> Errno;
    pub fn sock_accept(fd: u32, flags: u32, out: *mut u32) -> Errno;
    pub fn sock_recv(
        fd: u32,
        buffers: *const Span,
        count: u32,
        flags: u32,
        out: *mut u32,
        out_flags: *mut u32,
    ) -> Errno;
    pub fn sock_send(fd: u32, buffers: *const Span, count: u32, flags: u32, out: *mut u32) -> Errno;
    pub fn sock_shutdown(fd: u32, how: u32) -> Errno;
}

/// A buffer, as WASI takes it.
#[repr(C)]
pub struct Span(pub *const u8, pub usize);
