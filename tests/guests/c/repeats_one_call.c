/* One host call in a loop without end, with the largest arguments that are still good. Its
 * input says which: a number; beyond the last it returns how many there are. */
#include <cofferdam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raw_wasi.h"

CF_MANIFEST("{\"kind\": \"guest.repeats_one_call\", \"memory\": \"2MiB\", \"retries\": 0}");

static char large[512 << 10];
static const char CHILD[] = "{\"kind\":\"guest.none\"}";
#define LARGE ((p)(uintptr_t)large)

static int call(long number) {
  switch (number) {
    case 0: return cf_log(CF_LOG_INFO, large, sizeof large), 1;
    case 1: return cf_progress(1, 2, large, sizeof large), 1;
    case 2: return cf_checkpoint(large, sizeof large, CF_CHECKPOINT_COALESCED), 1;
    case 3: return cf_checkpoint(large, 1, CF_CHECKPOINT_NOW), 1;
    case 4: return cf_append("rows", 4, large, 64 << 10), 1;
    case 5: return cf_append("rows", 4, large, 0), 1;
    case 6: return cf_enqueue(CHILD, sizeof CHILD - 1, large, 64), 1;
    case 7: return cf_enqueue(large, sizeof large, large, 64), 1;
    case 8: return cf_input(large, sizeof large), 1;
    case 9: return cf_output(large, sizeof large), 1;
    case 10: return cf_resume(large, sizeof large), 1;
    case 11: return cf_info(large, sizeof large), 1;
    case 12: return cf_left(CF_LEFT_FUEL) >= 0;
    case 13: return cf_fail(CF_FAIL_KILL, 0, large, sizeof large), 1;
    case 14: return cf_panic(large, sizeof large, large, sizeof large, 1, 1), 1;
    case 15: return cf_oom(UINT64_MAX, 1), 1;
    case 16: return cf_stop_requested(), 1;
    case 17: return raw_random_get(LARGE, sizeof large), 1;
    case 18: return raw_clock_time_get(0, 0, LARGE), 1;
    case 19: return raw_poll_oneoff(LARGE, LARGE, 1024, LARGE), memset(large, 0, 65536), 1;
    case 20: ((p *)large)[0] = LARGE + 64; ((p *)large)[1] = 65536; return raw_fd_write(1, LARGE, 1, LARGE + 8), 1;
    case 21: ((p *)large)[0] = LARGE + 64; ((p *)large)[1] = 65536; return raw_fd_write(2, LARGE, 1, LARGE + 8), 1;
    case 22: return raw_fd_write(1, LARGE, 0, LARGE + 8), 1;
    case 23: return raw_fd_read(0, LARGE, 1024, LARGE), memset(large, 0, 8192), 1;
    case 24: return raw_sched_yield(), 1;
    case 25: return raw_args_get(LARGE, LARGE + 4096), 1;
    case 26: return raw_environ_get(LARGE, LARGE), 1;
    case 27: return raw_fd_prestat_get(3, LARGE), 1;
    case 28: return raw_path_open(3, 0, LARGE, 4096, 0, 0, 0, 0, LARGE), 1;
    case 29: return raw_proc_raise(9), 1;
    case 30: return raw_sock_send(0, LARGE, 1, 0, LARGE), 1;
    case 31: return raw_fd_filestat_get(0, LARGE), 1;
    default: return 0;
  }
}

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  char input[16] = {0};
  cf_input(input, sizeof input - 1);
  while (call(atol(input))) {
  }
  cf_output("32", 2);
  return 0;
}
