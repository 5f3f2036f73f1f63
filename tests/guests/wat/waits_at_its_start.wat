;; Asks in the start function to wait until a checkpoint is durable, and then sleeps there.
(module
  (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $begin
    (drop (call $checkpoint (i32.const 0) (i32.const 3) (i32.const 1)))
    (i64.store (i32.const 24) (i64.const 3600000000000))
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
  (start $begin)
  (func (export "cofferdam_run") (result i32) (i32.const 0)))
