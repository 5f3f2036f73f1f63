;; A table of 32 GiB, in one step.
(module
  (memory (export "memory") 1)
  (table $t 0 funcref)
  (func $grow_at_once (result i32) (table.grow $t (ref.null func) (i32.const -1)))
  (func (export "_start") (drop (call $grow_at_once))))
