/* Every function of WASI preview 1 as it is imported: numbers, with no libc in between that
 * would look at them first. */
#ifndef RAW_WASI_H
#define RAW_WASI_H

#include <stdint.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
typedef uint32_t p; /* a pointer, a length, a descriptor or a flag */
typedef uint64_t q; /* an offset, a size, a time or rights */

WASI(args_get) int32_t raw_args_get(p, p);
WASI(args_sizes_get) int32_t raw_args_sizes_get(p, p);
WASI(environ_get) int32_t raw_environ_get(p, p);
WASI(environ_sizes_get) int32_t raw_environ_sizes_get(p, p);
WASI(clock_res_get) int32_t raw_clock_res_get(p, p);
WASI(clock_time_get) int32_t raw_clock_time_get(p, q, p);
WASI(fd_advise) int32_t raw_fd_advise(p, q, q, p);
WASI(fd_allocate) int32_t raw_fd_allocate(p, q, q);
WASI(fd_close) int32_t raw_fd_close(p);
WASI(fd_datasync) int32_t raw_fd_datasync(p);
WASI(fd_fdstat_get) int32_t raw_fd_fdstat_get(p, p);
WASI(fd_fdstat_set_flags) int32_t raw_fd_fdstat_set_flags(p, p);
WASI(fd_fdstat_set_rights) int32_t raw_fd_fdstat_set_rights(p, q, q);
WASI(fd_filestat_get) int32_t raw_fd_filestat_get(p, p);
WASI(fd_filestat_set_size) int32_t raw_fd_filestat_set_size(p, q);
WASI(fd_filestat_set_times) int32_t raw_fd_filestat_set_times(p, q, q, p);
WASI(fd_pread) int32_t raw_fd_pread(p, p, p, q, p);
WASI(fd_prestat_get) int32_t raw_fd_prestat_get(p, p);
WASI(fd_prestat_dir_name) int32_t raw_fd_prestat_dir_name(p, p, p);
WASI(fd_pwrite) int32_t raw_fd_pwrite(p, p, p, q, p);
WASI(fd_read) int32_t raw_fd_read(p, p, p, p);
WASI(fd_readdir) int32_t raw_fd_readdir(p, p, p, q, p);
WASI(fd_renumber) int32_t raw_fd_renumber(p, p);
WASI(fd_seek) int32_t raw_fd_seek(p, q, p, p);
WASI(fd_sync) int32_t raw_fd_sync(p);
WASI(fd_tell) int32_t raw_fd_tell(p, p);
WASI(fd_write) int32_t raw_fd_write(p, p, p, p);
WASI(path_create_directory) int32_t raw_path_create_directory(p, p, p);
WASI(path_filestat_get) int32_t raw_path_filestat_get(p, p, p, p, p);
WASI(path_filestat_set_times) int32_t raw_path_filestat_set_times(p, p, p, p, q, q, p);
WASI(path_link) int32_t raw_path_link(p, p, p, p, p, p, p);
WASI(path_open) int32_t raw_path_open(p, p, p, p, p, q, q, p, p);
WASI(path_readlink) int32_t raw_path_readlink(p, p, p, p, p, p);
WASI(path_remove_directory) int32_t raw_path_remove_directory(p, p, p);
WASI(path_rename) int32_t raw_path_rename(p, p, p, p, p, p);
WASI(path_symlink) int32_t raw_path_symlink(p, p, p, p, p);
WASI(path_unlink_file) int32_t raw_path_unlink_file(p, p, p);
WASI(poll_oneoff) int32_t raw_poll_oneoff(p, p, p, p);
WASI(proc_exit) void raw_proc_exit(p);
WASI(proc_raise) int32_t raw_proc_raise(p);
WASI(sched_yield) int32_t raw_sched_yield(void);
WASI(random_get) int32_t raw_random_get(p, p);
WASI(sock_accept) int32_t raw_sock_accept(p, p, p);
WASI(sock_recv) int32_t raw_sock_recv(p, p, p, p, p, p);
WASI(sock_send) int32_t raw_sock_send(p, p, p, p, p);
WASI(sock_shutdown) int32_t raw_sock_shutdown(p, p);

#endif
