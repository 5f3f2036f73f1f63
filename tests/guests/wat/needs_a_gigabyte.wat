;; Its minimum alone is over every usual cap.
(module
  (memory (export "memory") 16384)
  (func (export "_start")))
