;; Static data beyond the memory: a trap before any instruction.
(module
  (memory (export "memory") 1)
  (data (i32.const 65535) "too far")
  (func (export "_start")))
