;; A pointer that is not in the memory.
(module
  (import "cofferdam_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "cofferdam_run") (result i32)
    (call $log (i32.const 3) (i32.const 65530) (i32.const 100))))
