;; table.fill and table.copy over a large table.
(module
  (memory (export "memory") 1)
  (table $t 16000 funcref)
  (func $f)
  (elem declare func $f)
  (func (export "_start")
    (loop $again
      (table.fill $t (i32.const 0) (ref.func $f) (i32.const 16000))
      (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 15999))
      (br $again))))
