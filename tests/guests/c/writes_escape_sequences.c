/* Sequences that a terminal or a page would obey: in log lines, in progress, in both streams,
 * in what it appends, in its output, and in the message with which it fails or panics. */
#include <cofferdam.h>
#include <stdio.h>
#include <string.h>

#include "raw_wasi.h"

CF_MANIFEST("{\"kind\": \"guest.writes_escape_sequences\", \"memory\": \"1MiB\", \"retries\": 0}");

/* Clear the screen, set the title, write the clipboard, a bell, backspaces, a C1 control,
 * text from right to left, a line that begins anew, and markup. */
static const char TEXT[] =
    "marked\x1b[2J\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\b\b\b\xc2\x9b" "31m\xe2\x80\xae" "desrever\r"
    "overwritten\n2026-01-01 faked line\x7f<script>alert(1)</script>\"'&";
#define LEN (sizeof TEXT - 1)

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  char input[32] = {0};
  cf_input(input, sizeof input - 1);
  for (int level = CF_LOG_ERROR; level <= CF_LOG_TRACE; level++) cf_log(level, TEXT, LEN);
  cf_progress(1, 2, TEXT, LEN);
  cf_checkpoint(TEXT, LEN, CF_CHECKPOINT_NOW);
  fwrite(TEXT, 1, LEN, stdout);
  fwrite(TEXT, 1, LEN, stderr);
  fflush(stdout);
  if (!strcmp(input, "\"output\"")) return cf_output(TEXT, LEN), 0;
  if (!strcmp(input, "\"panic\"")) {
    cf_panic(TEXT, LEN, TEXT, LEN, 1, 1);
    __builtin_trap();
  }
  cf_fail(CF_FAIL_KILL, 0, TEXT, LEN);
  return 1;
}
