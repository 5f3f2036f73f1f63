/* cofferdam.h: the host functions a job may call, ABI version 1.
 *
 * This header is the definition of the ABI; the Rust SDK and the host are
 * written against it. A job is a wasm32-wasip1 module that exports
 *
 *     int32_t cofferdam_run(void);      0: completed   1: failed (see cf_fail)
 *
 * and, when it has one, `_initialize`, which is called once before it. Compile
 * C jobs with `-mexec-model=reactor`. The major version is part of the import
 * module's name: a module that imports `cofferdam_v2` is refused here by name.
 *
 * Rules that hold for every function
 *  - Only integers cross the boundary. Pointers and lengths are unsigned 32-bit
 *    offsets into the guest's memory; strings are UTF-8 and not terminated.
 *    Messages and log lines that are not UTF-8 are repaired, not refused.
 *  - A pointer and length that do not lie inside the memory end the attempt
 *    with a trap that names the function and the argument. Nothing is
 *    allocated on the host before they have been checked.
 *  - A negative result is one of the CF_E_ codes; the call had no effect.
 *  - "read" functions (cf_input, cf_resume, cf_info) return the full length of
 *    the value and copy it only if it fits into `cap`; call again with a larger
 *    buffer otherwise.
 *  - Bytes moved cost fuel: one unit for each byte, and 100 for the call.
 *  - Every byte that the host keeps for the job counts against its host
 *    allowance (default 4 MiB); going over it ends the attempt as
 *    `memory_limit`, naming the account.
 */
#ifndef COFFERDAM_H
#define COFFERDAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CF_IMPORT(name) __attribute__((import_module("cofferdam_v1"), import_name(name)))

enum {
  CF_E_NONE = -1,      /* there is no such value: no checkpoint to resume from, no deadline */
  CF_E_TOO_LARGE = -2, /* over the size limit of that value; see cf_info "limits" */
  CF_E_INVALID = -3,   /* not UTF-8, not JSON, a name with forbidden characters, an unknown class or level */
  CF_E_STATE = -4      /* not allowed now: after cf_fail, or cf_output called twice */
};

/* ---- input and output ------------------------------------------------- */

/* The job's input, as it was pushed (JSON unless the pusher chose otherwise). */
CF_IMPORT("input") int32_t cf_input(void *buf, size_t cap);

/* The job's result: any bytes, shown as JSON where they read as JSON, else as text.
 * Kept only if the attempt completes. At most once. */
CF_IMPORT("output") int32_t cf_output(const void *ptr, size_t len);

/* ---- checkpoints ------------------------------------------------------ */

/* The state of the last durable checkpoint, or CF_E_NONE at the very start. */
CF_IMPORT("resume") int32_t cf_resume(void *buf, size_t cap);

enum {
  CF_CHECKPOINT_COALESCED = 0, /* keep it; the host makes the newest one durable in a while */
  CF_CHECKPOINT_NOW = 1        /* return when it is durable */
};

/* Hand over the state from which a later attempt can go on. Everything appended,
 * enqueued and reported since the last checkpoint belongs to it: they become
 * durable together or not at all. When the host wants the attempt to stop (a
 * drain, a cancellation), this call keeps the state and does not return. It also
 * waits when more is recorded and not yet durable than half the host allowance. */
CF_IMPORT("checkpoint") int32_t cf_checkpoint(const void *ptr, size_t len, int32_t mode);

/* ---- effects: recorded now, performed with the next checkpoint or the end --- */

/* Append a chunk to the named part of the job's durable work data. Names:
 * 1 to 64 of [a-z0-9._-]. CF_E_TOO_LARGE for a chunk over `append_bytes`, and
 * when the attempt has appended `parts_bytes` or to `parts` names already. */
CF_IMPORT("append") int32_t cf_append(const char *part, size_t part_len, const void *ptr, size_t len);

/* Enqueue a child job. `spec` is JSON: {"kind": "...", "input": any,
 * "queue": "...", "delay_ms": 0}; only `kind` is required. Writes the child's id
 * to `id` and returns its length. With `cap` 0 the id is not wanted; when it is
 * longer than any other `cap`, its length is returned and nothing is enqueued.
 * Over the limit of a child or of the number of children: CF_E_TOO_LARGE.
 * Without a kind, or with values of other types: CF_E_INVALID. A kind or a queue
 * with forbidden characters fails the attempt when its effects are recorded. */
CF_IMPORT("enqueue") int32_t cf_enqueue(const char *spec, size_t len, char *id, size_t cap);

/* Progress to show: `done` of `total` (0: unknown), and a short message. */
CF_IMPORT("progress") int32_t cf_progress(uint64_t done, uint64_t total, const char *msg, size_t len);

/* ---- acting at once ----------------------------------------------------- */

enum { CF_LOG_ERROR = 1, CF_LOG_WARN = 2, CF_LOG_INFO = 3, CF_LOG_DEBUG = 4, CF_LOG_TRACE = 5 };

/* One log line. Lines over 4 KiB are cut; over the attempt's log limit (256 KiB,
 * 2,000 lines) they are counted and dropped, never an error. */
CF_IMPORT("log") int32_t cf_log(int32_t level, const char *ptr, size_t len);

/* 1 when the host wants the attempt to stop soon, else 0. A job that cannot
 * checkpoint where it stands may look, wind down, and checkpoint. */
CF_IMPORT("stop_requested") int32_t cf_stop_requested(void);

/* JSON: {"id","kind","queue","attempt","resumed","memory_cap_bytes","fuel_cap",
 * "host_allowance_bytes","timeout_ms","limits":{"output_bytes",
 * "checkpoint_bytes","append_bytes","parts_bytes","parts","children",
 * "child_bytes","children_bytes","child_lines"}}. It does not change during an attempt; `timeout_ms` is null when there is no deadline. */
CF_IMPORT("info") int32_t cf_info(char *buf, size_t cap);

enum { CF_LEFT_FUEL = 0, CF_LEFT_MEMORY_BYTES = 1, CF_LEFT_TIME_MS = 2, CF_LEFT_HOST_BYTES = 3 };

/* What is left of one budget now; CF_E_NONE if that budget has no bound,
 * CF_E_INVALID if there is no such budget. */
CF_IMPORT("left") int64_t cf_left(int32_t which);

/* ---- failing --------------------------------------------------------------- */

enum {
  CF_FAIL_RETRY = 0,    /* as the manifest's retries say */
  CF_FAIL_RETRY_IN = 1, /* retry after delay_ms */
  CF_FAIL_DISCARD = 2,  /* give up quietly: not dead, not retried */
  CF_FAIL_KILL = 3,     /* give up: dead, for a person to look at */
  CF_FAIL_SNOOZE = 4    /* not a failure: run again after delay_ms, from the last checkpoint */
};

/* Say why and how the job ends; then return 1 from cofferdam_run. Without it, a
 * non-zero return is CF_FAIL_RETRY with no message. */
CF_IMPORT("fail") int32_t cf_fail(int32_t klass, uint64_t delay_ms, const char *msg, size_t len);

/* A panic handler's report; the guest is expected to trap next. */
CF_IMPORT("panic")
int32_t cf_panic(const char *msg, size_t len, const char *file, size_t file_len, uint32_t line, uint32_t column);

/* An allocator's report: this much could not be had; expected to trap next. */
CF_IMPORT("oom") int32_t cf_oom(uint64_t size_bytes, uint64_t align_bytes);

/* ---- the manifest ------------------------------------------------------------ */

/* CF_MANIFEST("{\"kind\": \"example.c\", \"memory\": \"16MiB\"}"), once, at file
 * scope: JSON in the custom section `cofferdam.manifest`. Sizes, durations and
 * fuel may be numbers (bytes, milliseconds, units) or text ("16MiB", "30s", "10G").
 * Give the job's translation unit to the linker as an object, not in an archive. */
#define CF_MANIFEST(json) \
  __asm__(".section .custom_section.cofferdam.manifest,\"\",@\n.ascii " #json "\n.text\n")

#ifdef __cplusplus
}
#endif
#endif
