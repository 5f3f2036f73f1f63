;; The first import is served, the second is not, the third is not either.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (import "env" "launch" (func (param i32)))
  (import "env" "recall" (func))
  (memory (export "memory") 1)
  (func (export "_start")))
