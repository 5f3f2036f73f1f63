/* The least job there is in C: it shows that the compiler is complete. */
#include <stdlib.h>

__attribute__((export_name("cofferdam_run"))) int cofferdam_run(void) {
  return malloc(1) == NULL;
}
