;; Recursion through a table: no call graph shows it.
(module
  (memory (export "memory") 1)
  (table $t funcref (elem $ping $pong))
  (type $step (func (param i32) (result i32)))
  (func $ping (type $step)
    (i32.add (i32.const 1) (call_indirect $t (type $step) (local.get 0) (i32.const 1))))
  (func $pong (type $step)
    (i32.add (i32.const 1) (call_indirect $t (type $step) (local.get 0) (i32.const 0))))
  (func (export "_start") (drop (call $ping (i32.const 0)))))
