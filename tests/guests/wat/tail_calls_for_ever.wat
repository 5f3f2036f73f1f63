;; Two functions that end in each other: no stack, no loop, no end.
(module
  (memory (export "memory") 1)
  (func $ping (param i64) (return_call $pong (i64.add (local.get 0) (i64.const 1))))
  (func $pong (param i64) (return_call $ping (local.get 0)))
  (func (export "_start") (call $ping (i64.const 0))))
