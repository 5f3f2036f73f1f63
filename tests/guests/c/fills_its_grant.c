/* Bombs in a directory that it may write: descriptors, entries, names, bytes, links. Each
 * goes on for ever, whatever it is told. Its input says which. */
#include <cofferdam.h>
#include <stdio.h>
#include <string.h>

#include "raw_wasi.h"

CF_MANIFEST("{\"kind\": \"guest.fills_its_grant\", \"memory\": \"2MiB\", \"retries\": 0, \"grants\": {\"write\": [\"bombed\"]}}");

#define GRANT 3
#define CREATE 1
#define RIGHTS ((q)0x1fffffff)
static char name[256], large[256 << 10];
static p fd, buffer[3];
#define NAME ((p)(uintptr_t)name)
#define FD ((p)(uintptr_t)&fd)

static p numbered(const char *word, unsigned n) {
  return (p)snprintf(name, sizeof name, "%s-%u\x1b[2J\n", word, n);
}

static int32_t create(const char *word, unsigned n) {
  return raw_path_open(GRANT, 0, NAME, numbered(word, n), CREATE, RIGHTS, RIGHTS, 0, FD);
}

static void descriptors(unsigned n) {
  create("held", n % 4);
  raw_fd_renumber(fd, fd + 1);
  raw_fd_renumber(fd, 0xfffffff0);
}

static void entries(unsigned n) {
  if (!create("entry", n)) raw_fd_close(fd);
}

static void folders(unsigned n) {
  static p deepest = GRANT;
  p len = numbered("folder", n);
  raw_path_create_directory(deepest, NAME, len);
  p above = deepest;
  if (!raw_path_open(above, 0, NAME, len, 2, RIGHTS, RIGHTS, 0, FD)) deepest = fd;
  if (above != GRANT && deepest != above) raw_fd_close(above);
}

static void listings(unsigned n) {
  if (n < 100) entries(n);
  raw_fd_readdir(GRANT, (p)(uintptr_t)large, sizeof large, 0, FD);
  raw_fd_readdir(GRANT, (p)(uintptr_t)large, 24, n * 0x9e3779b97f4a7c15u, FD);
}

static void bytes(unsigned n) {
  if (n == 0) create("large", 0);
  buffer[0] = (p)(uintptr_t)large;
  buffer[1] = sizeof large;
  /* Most of it holes, which are written as soon as somebody reads or copies them. */
  raw_fd_pwrite(fd, (p)(uintptr_t)buffer, 1, (q)n * (4 << 20), (p)(uintptr_t)&buffer[2]);
}

/* A file that says it is as long as can be. */
static void sizes(unsigned n) {
  if (n == 0) create("long", 0);
  raw_fd_filestat_set_size(fd, UINT64_MAX >> (n % 32));
  raw_fd_allocate(fd, 0, UINT64_MAX >> (n % 32));
  buffer[0] = (p)(uintptr_t)large;
  buffer[1] = 1;
  raw_fd_pwrite(fd, (p)(uintptr_t)buffer, 1, (q)1 << (20 + n % 44), (p)(uintptr_t)&buffer[2]);
  raw_fd_filestat_set_size(fd, 0);
}

/* Out of the grant by a link, in every spelling, and round and round. */
static void links(unsigned n) {
  static const char *const TARGETS[] = {"/etc/passwd", "../secret", "..", "/", "circle", "./../../", "//proc/self/environ"};
  const char *target = TARGETS[n % 7];
  p len = n % 7 == 4 ? (p)snprintf(name, sizeof name, "circle") : numbered("link", n);
  raw_path_symlink((p)(uintptr_t)target, (p)strlen(target), GRANT, NAME, len);
  if (!raw_path_open(GRANT, 1, NAME, len, 0, RIGHTS, RIGHTS, 0, FD)) {
    cf_fail(CF_FAIL_KILL, 0, "out of its grant", 16);
    raw_fd_close(fd);
  }
  raw_path_link(GRANT, 1, NAME, len, GRANT, (p)(uintptr_t)"hard", 4);
  raw_path_unlink_file(GRANT, NAME, len);
}

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  char input[32] = {0};
  cf_input(input, sizeof input - 1);
  void (*bomb)(unsigned) = !strcmp(input, "\"descriptors\"") ? descriptors
                           : !strcmp(input, "\"entries\"")   ? entries
                           : !strcmp(input, "\"folders\"")   ? folders
                           : !strcmp(input, "\"listings\"")  ? listings
                           : !strcmp(input, "\"bytes\"")     ? bytes
                           : !strcmp(input, "\"sizes\"")     ? sizes
                           : !strcmp(input, "\"links\"")     ? links
                                                             : 0;
  if (!bomb) return 1;
  for (unsigned n = 0;; n++) bomb(n);
}
