;; A trap in the start function, after a host call there.
(module
  (import "cofferdam_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "began")
  (func $begin (drop (call $log (i32.const 3) (i32.const 0) (i32.const 5))) (unreachable))
  (start $begin)
  (func (export "cofferdam_run") (result i32) (i32.const 0)))
