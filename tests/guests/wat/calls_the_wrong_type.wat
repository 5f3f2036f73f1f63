;; A function of one type, called as another: the oldest way out of a sandbox.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (table $t funcref (elem $exit))
  (type $reads (func (param i64 i64) (result i64)))
  (func $call_as_another (result i64)
    (call_indirect $t (type $reads) (i64.const 1) (i64.const 2) (i32.const 0)))
  (func (export "_start") (drop (call $call_as_another))))
