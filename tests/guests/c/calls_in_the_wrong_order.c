/* After `fail` nothing is taken any more; after `output` no other one; `panic` and `oom` are
 * only words as long as nobody traps. Its input says which order. */
#include <cofferdam.h>
#include <stdio.h>
#include <string.h>

#include "raw_wasi.h"

CF_MANIFEST("{\"kind\": \"guest.calls_in_the_wrong_order\", \"memory\": \"1MiB\", \"retries\": 0}");

static const char CHILD[] = "{\"kind\":\"guest.none\"}";
static char room[64];

/* Everything that has an effect is refused with CF_E_STATE. */
static int refused(void) {
  return cf_output("1", 1) == CF_E_STATE && cf_checkpoint("1", 1, CF_CHECKPOINT_NOW) == CF_E_STATE &&
         cf_append("rows", 4, "1", 1) == CF_E_STATE &&
         cf_enqueue(CHILD, sizeof CHILD - 1, room, sizeof room) == CF_E_STATE &&
         cf_fail(CF_FAIL_SNOOZE, 0, "asleep", 6) == CF_E_STATE;
}

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  char input[32] = {0};
  cf_input(input, sizeof input - 1);
  if (!strcmp(input, "\"after fail\"")) {
    cf_fail(CF_FAIL_KILL, 0, "the first failure", 17);
    if (!refused()) __builtin_trap();
    return 1;
  }
  if (!strcmp(input, "\"fail and complete\"")) {
    cf_fail(CF_FAIL_KILL, 0, "said and not meant", 18);
    return 0;
  }
  if (!strcmp(input, "\"output and fail\"")) {
    cf_output("1", 1);
    cf_fail(CF_FAIL_KILL, 0, "failed after its output", 23);
    return 1;
  }
  if (!strcmp(input, "\"panic and complete\"")) {
    cf_panic("said and not meant", 18, "c.c", 3, 1, 1);
    cf_oom(1, 1);
    cf_output("1", 1);
    return 0;
  }
  if (!strcmp(input, "\"panic twice\"")) {
    cf_panic("the first", 9, "c.c", 3, 1, 1);
    cf_panic("the second", 10, "c.c", 3, 2, 2);
    __builtin_trap();
  }
  if (!strcmp(input, "\"exit as a job\"")) {
    cf_output("1", 1);
    raw_proc_exit(0);
  }
  /* The state of nobody, a hundred times, and itself from within itself. */
  for (int i = 0; i < 100; i++) cf_resume(room, sizeof room);
  strcpy(input, "\"output and fail\"");
  cf_output("2", 1);
  return cf_output("3", 1) == CF_E_STATE ? 0 : 1;
}
