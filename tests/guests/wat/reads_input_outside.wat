;; Where the input is to go lies outside the memory.
(module
  (import "cofferdam_v1" "input" (func $input (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "cofferdam_run") (result i32)
    (call $input (i32.const 0x10000) (i32.const 64))))
