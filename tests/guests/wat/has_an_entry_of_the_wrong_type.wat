;; An entry that wants an argument.
(module
  (memory (export "memory") 1)
  (func (export "cofferdam_run") (param i32) (result i32) (local.get 0)))
