;; Closes its standard streams and what it never had, then goes on writing.
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (local $fd i32)
    (loop $more
      (drop (call $close (local.get $fd)))
      (drop (call $close (local.get $fd)))
      (drop (call $renumber (local.get $fd) (i32.xor (local.get $fd) (i32.const -1))))
      (drop (call $renumber (i32.const -1) (local.get $fd)))
      (drop (call $renumber (local.get $fd) (local.get $fd)))
      (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $fd) (i32.const 5000))))
    (i32.store (i32.const 4) (i32.const 64))
    ;; EBADF, 8, is what it must hear.
    (call $exit (i32.ne (i32.const 8)
      (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 128))))))
