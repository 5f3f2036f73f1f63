;; A float that is no integer of any size: overflow, at the conversion.
(module
  (memory (export "memory") 1)
  (func $round (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "_start") (drop (call $round (f64.const 1e300)))))
