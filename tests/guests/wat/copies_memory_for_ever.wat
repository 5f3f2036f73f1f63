;; One copy after another, each of half a large memory.
(module
  (memory (export "memory") 256)
  (func (export "_start")
    (loop $again
      (memory.copy (i32.const 8388608) (i32.const 0) (i32.const 8388608))
      (memory.copy (i32.const 0) (i32.const 8388600) (i32.const 8388608))
      (br $again))))
