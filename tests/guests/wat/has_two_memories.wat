;; A feature that is off: a second memory.
(module
  (memory (export "memory") 1)
  (memory 1)
  (func (export "_start")))
