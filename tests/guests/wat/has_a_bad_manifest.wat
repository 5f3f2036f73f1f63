;; A manifest with a key that there is not.
(module
  (@custom "cofferdam.manifest" "{\"kind\":\"guest.bad\",\"memroy\":\"1MiB\"}")
  (memory (export "memory") 1)
  (func (export "cofferdam_run") (result i32) (i32.const 0)))
