;; A host function with one argument less than it has.
(module
  (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "cofferdam_run") (result i32) (call $checkpoint (i32.const 0) (i32.const 8))))
