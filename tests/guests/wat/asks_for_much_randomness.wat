;; Random bytes for a whole large memory, in one call, again and again.
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1024)
  (func (export "_start")
    (loop $again
      (drop (call $random (i32.const 0) (i32.const 67108864)))
      (br $again))))
