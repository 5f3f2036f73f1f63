;; The trap that compilers put where nobody should come.
(module
  (memory (export "memory") 1)
  (func $give_up (unreachable))
  (func (export "_start") (call $give_up)))
