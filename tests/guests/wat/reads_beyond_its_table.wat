;; An index into a table that is not that long.
(module
  (memory (export "memory") 1)
  (table $t 4 funcref)
  (type $nothing (func))
  (func $call_one (param i32) (call_indirect $t (type $nothing) (local.get 0)))
  (func (export "_start") (call $call_one (i32.const -1))))
