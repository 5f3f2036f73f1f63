;; Two tables and a memory in turn: one account for all.
(module
  (memory (export "memory") 1)
  (table $a 0 funcref)
  (table $b 0 funcref)
  (func $grow_all
    (drop (table.grow $a (ref.null func) (i32.const 500)))
    (drop (table.grow $b (ref.null func) (i32.const 500)))
    (drop (memory.grow (i32.const 1))))
  (func (export "_start") (loop $again (call $grow_all) (br $again))))
