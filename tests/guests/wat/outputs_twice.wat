;; The second output is refused with CF_E_STATE (-4); the job returns 0 if it was so.
(module
  (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "12")
  (func (export "cofferdam_run") (result i32)
    (if (i32.ne (call $output (i32.const 0) (i32.const 1)) (i32.const 0)) (then (return (i32.const 1))))
    (i32.ne (call $output (i32.const 1) (i32.const 1)) (i32.const -4))))
