;; A host call on every frame, so that the stack ends beneath one of them.
(module
  (import "cofferdam_v1" "progress" (func $progress (param i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $deeper (param i64) (result i32)
    (drop (call $progress (local.get 0) (i64.const 0) (i32.const 0) (i32.const 0)))
    (i32.add (call $deeper (i64.add (local.get 0) (i64.const 1))) (i32.const 1)))
  (func (export "cofferdam_run") (result i32) (call $deeper (i64.const 0))))
