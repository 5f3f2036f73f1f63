//! The modules of these tests, as text.

/// A command: copies stdin to stdout.
pub const CAT: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start") (local $n i32)
    (loop $more
      (i32.store (i32.const 0) (i32.const 100))
      (i32.store (i32.const 4) (i32.const 60000))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $n (i32.load (i32.const 8)))
      (if (local.get $n) (then
        (i32.store (i32.const 4) (local.get $n))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br $more))))))"#;

/// A job: logs a line, appends `row` to `rows`, reports progress, gives `{"n":1}`.
pub const TELLS: &str = r#"(module
  (@custom "cofferdam.manifest" "{\"kind\": \"test.tells\", \"queue\": \"tales\", \"memory\": \"1MiB\"}")
  (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
  (import "cofferdam_v1" "append" (func $append (param i32 i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "progress" (func $progress (param i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"n\":1}")
  (data (i32.const 16) "rows")
  (data (i32.const 32) "row\n")
  (data (i32.const 48) "half\1b[2J way")
  (func (export "cofferdam_run") (result i32)
    (drop (call $log (i32.const 3) (i32.const 48) (i32.const 12)))
    (drop (call $progress (i64.const 1) (i64.const 2) (i32.const 48) (i32.const 12)))
    (drop (call $append (i32.const 16) (i32.const 4) (i32.const 32) (i32.const 4)))
    (drop (call $append (i32.const 16) (i32.const 4) (i32.const 32) (i32.const 4)))
    (drop (call $output (i32.const 0) (i32.const 7)))
    (i32.const 0)))"#;

/// A job: gives up for good, with an escape sequence in its message.
pub const DIES: &str = r#"(module
  (@custom "cofferdam.manifest" "{\"kind\": \"test.dies\", \"memory\": \"1MiB\"}")
  (import "cofferdam_v1" "fail" (func $fail (param i32 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "no\1b[2J luck")
  (func (export "cofferdam_run") (result i32)
    (drop (call $fail (i32.const 3) (i64.const 0) (i32.const 0) (i32.const 11)))
    (i32.const 1)))"#;

/// A job: runs until it is ended.
pub const SPINS: &str = r#"(module
  (@custom "cofferdam.manifest" "{\"kind\": \"test.spins\", \"memory\": \"1MiB\"}")
  (memory (export "memory") 1)
  (func (export "cofferdam_run") (result i32) (loop $for_ever (br $for_ever)) (unreachable)))"#;

/// A command that uses what is for jobs.
pub const NEITHER: &str = r#"(module
  (import "cofferdam_v1" "stop_requested" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))"#;
