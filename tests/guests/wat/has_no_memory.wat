;; Nothing for host functions to read.
(module
  (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
  (func (export "cofferdam_run") (result i32) (call $output (i32.const 0) (i32.const 8))))
