;; The furthest address there is: a pointer of 4 GiB and an offset of 4 GiB.
(module
  (memory (export "memory") 1)
  (func $look (param i32) (result i64) (i64.load offset=4294967295 (local.get 0)))
  (func (export "_start") (drop (call $look (i32.const -1)))))
