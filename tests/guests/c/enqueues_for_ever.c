/* Children without end, small ones or large ones, with a checkpoint now and then so that the
 * host may let go of them. Returns how many it was allowed. */
#include <cofferdam.h>
#include <stdio.h>
#include <string.h>

CF_MANIFEST("{\"kind\": \"guest.enqueues_for_ever\", \"memory\": \"4MiB\", \"retries\": 0}");

static char large[1 << 20];

__attribute__((export_name("cofferdam_run"))) int32_t cofferdam_run(void) {
  char input[32] = {0};
  cf_input(input, sizeof input - 1);
  int is_large = !strcmp(input, "\"large\"");
  size_t len = (size_t)snprintf(large, 64, "{\"kind\":\"guest.none\",\"input\":\"");
  if (is_large) {
    memset(large + len, 'x', sizeof large - len);
    len = sizeof large - 2;
  }
  memcpy(large + len, "\"}", 2);
  unsigned children = 0;
  int32_t answer;
  while ((answer = cf_enqueue(large, len + 2, large, 0)) > 0) {
    children++;
    /* Large ones are never let go of. */
    if (!is_large && children % 1000 == 0) cf_checkpoint("", 0, CF_CHECKPOINT_NOW);
  }
  char said[64];
  cf_output(said, (size_t)snprintf(said, sizeof said, "[%u, %d]", children, (int)answer));
  return 0;
}
