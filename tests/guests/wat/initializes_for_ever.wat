;; A passive segment into memory, again and again.
(module
  (memory (export "memory") 1)
  (data $words "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
  (func (export "_start")
    (loop $again
      (memory.init $words (i32.const 0) (i32.const 0) (i32.const 64))
      (br $again))))
