;; A copy of 4 GiB inside a memory of 64 KiB; nothing of it may be moved.
(module
  (memory (export "memory") 1)
  (func $move_all (memory.copy (i32.const 1) (i32.const 0) (i32.const -1)))
  (func (export "_start") (call $move_all)))
