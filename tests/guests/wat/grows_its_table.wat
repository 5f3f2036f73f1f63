;; A table is memory too: it grows until the account is full.
(module
  (memory (export "memory") 1)
  (table $t 0 funcref)
  (func $grow_the_table (result i32) (table.grow $t (ref.null func) (i32.const 1000)))
  (func (export "_start")
    (loop $again
      (drop (call $grow_the_table))
      (br $again))))
