;; As many pages as 32 bits can say, 256 TiB, in one step.
(module
  (memory (export "memory") 1)
  (func $grow_at_once (result i32) (memory.grow (i32.const -1)))
  (func (export "_start") (drop (call $grow_at_once))))
