;; Asks for one more page until it is refused, and then goes on asking.
(module
  (memory (export "memory") 1)
  (func $grow_a_page (result i32) (memory.grow (i32.const 1)))
  (func (export "_start")
    (loop $again
      (drop (call $grow_a_page))
      (br $again))))
