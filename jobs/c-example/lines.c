/* lines.c: a job in C. Counts the lines of its input, and can be interrupted
 * after any of them.
 *
 * The input is any text. The output is JSON, {"lines":3,"longest_bytes":17};
 * lines over 80 bytes go to the part `long`. Build it with ./build.sh. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cofferdam.h"

CF_MANIFEST("{\"abi\":1,\"kind\":\"example.lines\",\"memory\":\"2MiB\",\"timeout\":\"10s\",\"retries\":3,\"sdk\":\"c\"}");

/* What a later attempt needs to go on. A struct of integers is its own encoding:
 * the module that reads it is the one that wrote it, or one of the same
 * checkpoint_version. */
struct state {
  uint64_t offset_bytes;
  uint64_t lines;
  uint64_t longest_bytes;
};

static int32_t failed(int32_t klass, const char *message) {
  cf_fail(klass, 0, message, strlen(message));
  return 1;
}

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  int32_t size_bytes = cf_input(NULL, 0);
  if (size_bytes < 0) return failed(CF_FAIL_KILL, "the input cannot be read");
  char *text = malloc((size_t)size_bytes + 1);
  if (text == NULL) {
    cf_oom((uint64_t)size_bytes + 1, 1);
    abort();
  }
  cf_input(text, (size_t)size_bytes);

  struct state state = {0};
  int32_t kept_bytes = cf_resume(&state, sizeof state);
  if (kept_bytes != CF_E_NONE && kept_bytes != (int32_t)sizeof state)
    return failed(CF_FAIL_KILL, "the last checkpoint is not of this version");

  while (state.offset_bytes < (uint64_t)size_bytes) {
    const char *line = text + state.offset_bytes;
    size_t left_bytes = (size_t)size_bytes - (size_t)state.offset_bytes;
    const char *end = memchr(line, '\n', left_bytes);
    size_t length = end == NULL ? left_bytes : (size_t)(end - line);

    if (length > 80 && cf_append("long", 4, line, end == NULL ? length : length + 1) < 0)
      return failed(CF_FAIL_KILL, "a line is too long to be kept");
    state.lines += 1;
    if (length > state.longest_bytes) state.longest_bytes = length;
    state.offset_bytes += end == NULL ? length : length + 1;
    cf_progress(state.offset_bytes, (uint64_t)size_bytes, "", 0);
    /* Does not return when the attempt is to stop. */
    cf_checkpoint(&state, sizeof state, CF_CHECKPOINT_COALESCED);
  }

  char output[96];
  int length = snprintf(output, sizeof output, "{\"lines\":%llu,\"longest_bytes\":%llu}", (unsigned long long)state.lines,
                        (unsigned long long)state.longest_bytes);
  return cf_output(output, (size_t)length) < 0 ? failed(CF_FAIL_KILL, "the output was refused") : 0;
}
