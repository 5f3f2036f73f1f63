/* A pointer that wraps around or a length of 4 GiB, to one function of the host. Its input
 * says which case: a number; beyond the last case it returns how many there are. Each case
 * must end the attempt in the call. */
#include <cofferdam.h>
#include <stdio.h>
#include <stdlib.h>

CF_MANIFEST("{\"kind\": \"guest.hands_over_bad_pointers\", \"memory\": \"1MiB\", \"retries\": 0}");

#define AT(address) ((void *)(uintptr_t)(address))
#define ALL 0xffffffffu
static char good[64] = "rows";

static int32_t hand_over(long number) {
  switch (number) {
    case 0: return cf_input(AT(ALL), ALL);
    case 1: return cf_input(good, ALL);
    case 2: return cf_output(AT(0xfffffff0u), 0x20);
    case 3: return cf_output(good, ALL);
    case 4: return cf_resume(AT(ALL), 1);
    case 5: return cf_resume(good, ALL);
    case 6: return cf_checkpoint(AT(0x80000000u), 8, CF_CHECKPOINT_NOW);
    case 7: return cf_checkpoint(good, ALL, CF_CHECKPOINT_COALESCED);
    case 8: return cf_append(AT(ALL), 4, good, 4);
    case 9: return cf_append(good, ALL, good, 4);
    case 10: return cf_append(good, 4, AT(0xffffff00u), 0x200);
    case 11: return cf_append(good, 4, good, ALL);
    case 12: return cf_enqueue(AT(ALL), 16, good, 64);
    case 13: return cf_enqueue(good, ALL, good, 64);
    case 14: return cf_enqueue(good, 4, AT(0xfffffff8u), 64);
    case 15: return cf_enqueue(good, 4, good, ALL);
    case 16: return cf_progress(1, 2, AT(ALL), 4);
    case 17: return cf_progress(1, 2, good, ALL);
    case 18: return cf_log(CF_LOG_INFO, AT(ALL), 4);
    case 19: return cf_log(CF_LOG_INFO, good, ALL);
    case 20: return cf_info(AT(0xfffffff0u), 0x1000);
    case 21: return cf_info(good, ALL);
    case 22: return cf_fail(CF_FAIL_KILL, 0, AT(ALL), 4);
    case 23: return cf_fail(CF_FAIL_KILL, 0, good, ALL);
    case 24: return cf_panic(AT(ALL), 4, good, 4, 1, 1);
    case 25: return cf_panic(good, ALL, good, 4, 1, 1);
    case 26: return cf_panic(good, 4, AT(ALL), 4, 1, 1);
    case 27: return cf_panic(good, 4, good, ALL, 1, 1);
    default: {
      char said[16];
      cf_output(said, (size_t)snprintf(said, sizeof said, "%d", 28));
      return 0;
    }
  }
}

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  char input[16] = {0};
  cf_input(input, sizeof input - 1);
  return hand_over(atol(input)) != 0;
}
