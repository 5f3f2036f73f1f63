;; The one division of two good numbers that has no result.
(module
  (memory (export "memory") 1)
  (func $negate_the_least (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -1)))
  (func (export "_start") (drop (call $negate_the_least (i32.const 0x80000000)))))
