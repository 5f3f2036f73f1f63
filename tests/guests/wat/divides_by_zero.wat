;; A plain trap, two frames deep.
(module
  (memory (export "memory") 1)
  (func $share_out (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func (export "_start") (drop (call $share_out (i32.const 0)))))
