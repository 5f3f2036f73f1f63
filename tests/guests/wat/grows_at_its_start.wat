;; Over its cap in the start function, each page touched.
(module
  (memory (export "memory") 1)
  (func $begin
    (local $page i32)
    (loop $again
      (local.set $page (memory.grow (i32.const 1)))
      (i32.store (i32.mul (local.get $page) (i32.const 65536)) (i32.const 7))
      (br $again)))
  (start $begin)
  (func (export "_start")))
