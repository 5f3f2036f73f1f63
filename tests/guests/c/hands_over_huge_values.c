/* Numbers at their ends, text that is no JSON or far too deep, unknown classes, levels and
 * modes: each must be answered with an error of its own. Its input chooses how it then ends. */
#include <cofferdam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raw_wasi.h"

CF_MANIFEST("{\"kind\": \"guest.hands_over_huge_values\", \"memory\": \"4MiB\", \"retries\": 0}");

#define MOST UINT64_MAX
static char room[200000];
static int line_of_first_wrong;

#define EXPECT(expected, call)                                            \
  do {                                                                    \
    if ((call) != (expected) && !line_of_first_wrong) line_of_first_wrong = __LINE__; \
  } while (0)

static int32_t enqueue(const char *spec) { return cf_enqueue(spec, strlen(spec), room, 0); }

static void say_it_all(void) {
  EXPECT(CF_E_INVALID, cf_checkpoint(room, 8, 2));
  EXPECT(CF_E_INVALID, cf_checkpoint(room, 8, INT32_MIN));
  EXPECT(CF_E_INVALID, cf_log(0, "level", 5));
  EXPECT(CF_E_INVALID, cf_log(INT32_MAX, "level", 5));
  EXPECT(CF_E_INVALID, cf_fail(5, 0, "class", 5));
  EXPECT(CF_E_INVALID, cf_fail(-1, MOST, "class", 5));
  EXPECT(CF_E_INVALID, (int32_t)cf_left(4));
  EXPECT(CF_E_INVALID, (int32_t)cf_left(INT32_MIN));
  EXPECT(0, cf_progress(MOST, 1, "\xff\xfe\x00\x1b[2J", 8));
  EXPECT(0, cf_progress(1, MOST, room, sizeof room));
  EXPECT(CF_E_INVALID, cf_append("", 0, room, 1));
  EXPECT(CF_E_INVALID, cf_append("a/../../b", 9, room, 1));
  EXPECT(CF_E_INVALID, cf_append("\0\0\0\0", 4, room, 1));
  EXPECT(CF_E_INVALID, cf_append(room, 65, room, 1));
  EXPECT(CF_E_INVALID, enqueue("{\"kind\":\"guest.none\",\"input\":NaN}"));
  EXPECT(CF_E_INVALID, enqueue("{\"kind\":\"guest.none\",\"input\":Infinity}"));
  EXPECT(CF_E_INVALID, enqueue("{\"kind\":\"guest.none\",\"delay_ms\":-1}"));
  EXPECT(CF_E_INVALID, enqueue("{\"kind\":\"guest.none\",\"delay_ms\":1e999}"));
  EXPECT(CF_E_INVALID, enqueue("{\"kind\":\"guest.none\",\"delay_ms\":18446744073709551616}"));
  EXPECT(CF_E_INVALID, enqueue("{\"kind\":\"\"}"));
  EXPECT(CF_E_INVALID, enqueue("{\"kind\":null}"));
  EXPECT(CF_E_INVALID, enqueue(""));
  /* A hundred thousand lists in each other: no reader of it may recurse that far. */
  memset(room, '[', sizeof room);
  memcpy(room, "{\"kind\":\"guest.none\",\"input\":", 29);
  EXPECT(CF_E_INVALID, cf_enqueue(room, sizeof room, room, 0));
  memset(room, 'x', sizeof room);
  EXPECT(0, raw_clock_time_get(0, MOST, (p)(uintptr_t)room));
  EXPECT(28, raw_clock_time_get(0xffffffff, MOST, (p)(uintptr_t)room));
  EXPECT(28, raw_clock_res_get(4, (p)(uintptr_t)room));
  for (p fd = 0; fd < 2; fd++) {
    EXPECT(70, raw_fd_seek(fd, (q)INT64_MIN, 0, (p)(uintptr_t)room));
    EXPECT(70, raw_fd_seek(fd, MOST, 0xffffffff, (p)(uintptr_t)room));
  }
  EXPECT(8, raw_fd_advise(0xffffffff, MOST, MOST, 0xffffffff));
  EXPECT(8, raw_fd_filestat_set_size(0xffffffff, MOST));
}

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  char input[32] = {0};
  cf_input(input, sizeof input - 1);
  memset(room, 'x', sizeof room);
  say_it_all();
  if (line_of_first_wrong) {
    int len = snprintf(room, sizeof room, "the call in line %d was not answered so", line_of_first_wrong);
    return cf_fail(CF_FAIL_KILL, 0, room, (size_t)len), 1;
  }
  if (!strcmp(input, "\"retry_in\"")) return cf_fail(CF_FAIL_RETRY_IN, MOST, room, sizeof room), 1;
  if (!strcmp(input, "\"snooze\"")) return cf_fail(CF_FAIL_SNOOZE, MOST, room, sizeof room), 1;
  if (!strcmp(input, "\"code\"")) return INT32_MIN;
  if (!strcmp(input, "\"oom\"")) {
    cf_oom(MOST, MOST);
    __builtin_trap();
  }
  if (!strcmp(input, "\"panic\"")) {
    cf_panic(room, sizeof room, room, sizeof room, UINT32_MAX, UINT32_MAX);
    __builtin_trap();
  }
  if (!strcmp(input, "\"exit\"")) raw_proc_exit(0xffffffff);
  cf_output("NaN", 3);
  return 0;
}
