/* Pointers that wrap around and lengths of 4 GiB, to every function of WASI that takes one.
 * Each must answer with an error: nothing may be read, written or allocated. Returns how many
 * calls were made, and fails with the first that was answered with success. */
#include <cofferdam.h>
#include <stdio.h>

#include "raw_wasi.h"

CF_MANIFEST("{\"kind\": \"guest.hands_bad_pointers_to_wasi\", \"memory\": \"1MiB\", \"retries\": 0}");

#define GRANT 3 /* a grant, where the worker gives one; else nothing */
#define FILE_RIGHTS ((q)0x1fffffff)

static p good[64]; /* what the other arguments point at */
static const char name[] = "no-such-name";

static const p POINTERS[] = {0xffffffff, 0xfffffff9, 0x80000000, 0x7fffffff, 0x00ffffff};
static const p LENGTHS[] = {0xffffffff, 0x80000000, 0x10000, 64};

static unsigned calls;
static const char *succeeded;

static void heard(const char *call, int32_t answer) {
  calls++;
  if (answer == 0 && !succeeded) succeeded = call;
}

#define BAD(function, ...) heard(#function, raw_##function(__VA_ARGS__))

/* `at` is bad. Lengths are good. */
static void points(p at) {
  p there = (p)(uintptr_t)good, path = (p)(uintptr_t)name, len = sizeof name - 1;
  BAD(args_get, at, there);
  BAD(args_get, there, at);
  BAD(args_sizes_get, at, there);
  BAD(args_sizes_get, there, at);
  BAD(environ_sizes_get, at, there);
  BAD(environ_sizes_get, there, at);
  BAD(clock_res_get, 0, at);
  BAD(clock_time_get, 0, 1, at);
  for (p fd = 0; fd <= GRANT; fd++) {
    BAD(fd_fdstat_get, fd, at);
    BAD(fd_filestat_get, fd, at);
    BAD(fd_pread, fd, at, 1, 0, there);
    BAD(fd_prestat_get, fd, at);
    BAD(fd_prestat_dir_name, fd, at, 64);
    BAD(fd_pwrite, fd, at, 1, 0, there);
    BAD(fd_read, fd, at, 1, there);
    BAD(fd_readdir, fd, at, 64, 0, there);
    BAD(fd_readdir, fd, there, 64, 0, at);
    BAD(fd_seek, fd, 0, 0, at);
    BAD(fd_tell, fd, at);
    BAD(fd_write, fd, at, 1, there);
    BAD(fd_write, fd, there, 0, at);
    BAD(fd_read, fd, there, 0, at);
  }
  BAD(path_create_directory, GRANT, at, 8);
  BAD(path_filestat_get, GRANT, 0, at, 8, there);
  BAD(path_filestat_get, GRANT, 0, path, len, at);
  BAD(path_filestat_set_times, GRANT, 0, at, 8, 0, 0, 5);
  BAD(path_link, GRANT, 0, at, 8, GRANT, path, len);
  BAD(path_link, GRANT, 0, path, len, GRANT, at, 8);
  BAD(path_open, GRANT, 0, at, 8, 0, FILE_RIGHTS, FILE_RIGHTS, 0, there);
  BAD(path_open, GRANT, 0, path, len, 9, FILE_RIGHTS, FILE_RIGHTS, 0, at);
  BAD(path_readlink, GRANT, at, 8, there, 64, there);
  BAD(path_readlink, GRANT, path, len, at, 64, there);
  BAD(path_remove_directory, GRANT, at, 8);
  BAD(path_rename, GRANT, at, 8, GRANT, path, len);
  BAD(path_rename, GRANT, path, len, GRANT, at, 8);
  BAD(path_symlink, at, 8, GRANT, path, len);
  BAD(path_symlink, path, len, GRANT, at, 8);
  BAD(path_unlink_file, GRANT, at, 8);
  BAD(poll_oneoff, at, there, 1, there);
  BAD(poll_oneoff, there, at, 1, there);
  BAD(poll_oneoff, there, there, 0, at);
  BAD(random_get, at, 8);
  BAD(sock_accept, 0, 0, at);
  BAD(sock_recv, 0, at, 1, 0, there, there);
  BAD(sock_send, 0, at, 1, 0, there);
}

/* The pointer is good, and `len` reaches beyond the memory from it. */
static void claims(p len) {
  p there = (p)(uintptr_t)good, path = (p)(uintptr_t)name;
  /* One buffer, of this length; and this many buffers. */
  good[0] = there;
  good[1] = len;
  for (p fd = 0; fd <= GRANT; fd++) {
    if (len > 0x10000) {
      BAD(fd_pread, fd, there, 1, 0, there);
      BAD(fd_pwrite, fd, there, 1, 0, there);
      BAD(fd_read, fd, there, 1, there);
      BAD(fd_write, fd, there, 1, there);
      BAD(fd_prestat_dir_name, fd, there, len);
      BAD(fd_read, fd, there, len, there);
      BAD(fd_write, fd, there, len, there);
    }
  }
  if (len > 0x10000) BAD(random_get, there, len);
  BAD(path_create_directory, GRANT, path, len);
  BAD(path_filestat_get, GRANT, 0, path, len, there);
  BAD(path_link, GRANT, 0, path, len, GRANT, path, len);
  BAD(path_open, GRANT, 0, path, len, 0, FILE_RIGHTS, FILE_RIGHTS, 0, there);
  BAD(path_readlink, GRANT, path, len, there, len, there);
  BAD(path_rename, GRANT, path, len, GRANT, path, len);
  BAD(path_symlink, path, len, GRANT, path, len);
  BAD(path_unlink_file, GRANT, path, len);
  BAD(path_remove_directory, GRANT, path, len);
  if (len >= 0x10000) BAD(poll_oneoff, there, there, len, there);
}

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  for (unsigned i = 0; i < sizeof POINTERS / sizeof *POINTERS; i++) points(POINTERS[i]);
  for (unsigned i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) claims(LENGTHS[i]);
  char said[128];
  if (succeeded) {
    int len = snprintf(said, sizeof said, "`%s` took a bad pointer", succeeded);
    cf_fail(CF_FAIL_KILL, 0, said, (size_t)len);
    return 1;
  }
  int len = snprintf(said, sizeof said, "%u", calls);
  cf_output(said, (size_t)len);
  return 0;
}
