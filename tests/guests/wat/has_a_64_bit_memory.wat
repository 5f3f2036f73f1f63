;; A feature that is off: memory64.
(module
  (memory (export "memory") i64 1)
  (func (export "_start")))
