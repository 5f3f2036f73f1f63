;; NaN as an integer. The conversion that saturates must not trap before.
(module
  (memory (export "memory") 1)
  (func $round (param f32) (result i64) (i64.trunc_f32_u (local.get 0)))
  (func (export "_start")
    (drop (i64.trunc_sat_f32_u (f32.const nan:0x200000)))
    (drop (call $round (f32.const nan:0x200000)))))
