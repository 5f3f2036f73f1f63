;; table.init with a segment of functions, and dropping it in between.
(module
  (memory (export "memory") 1)
  (table $t 64 funcref)
  (func $f)
  (elem $functions func $f $f $f $f $f $f $f $f)
  (func (export "_start")
    (loop $again
      (table.init $t $functions (i32.const 8) (i32.const 0) (i32.const 8))
      (table.set $t (i32.const 0) (table.get $t (i32.const 8)))
      (br $again))))
