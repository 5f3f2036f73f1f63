;; Buffers that lie over each other, over their own table and over the place of the answer.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $fill
    (local $at i32)
    ;; 1024 buffers, each of the whole memory.
    (loop $more
      (i32.store (local.get $at) (i32.const 0))
      (i32.store offset=4 (local.get $at) (i32.const 65536))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $more (i32.lt_u (local.get $at) (i32.const 8192)))))
  (func (export "_start")
    (loop $again
      (call $fill)
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 0)))
      (call $fill)
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1024) (i32.const 4)))
      (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1024) (i32.const 8188)))
      ;; Events over the subscriptions that they answer.
      (drop (call $poll (i32.const 0) (i32.const 16) (i32.const 64) (i32.const 0)))
      (br $again))))
