;; Pointer plus length is small when the sum wraps around in 32 bits.
(module
  (import "cofferdam_v1" "append" (func $append (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "rows")
  (func (export "cofferdam_run") (result i32)
    (call $append (i32.const 0) (i32.const 4) (i32.const 0xffffff00) (i32.const 0x200))))
