;; A feature that is off: exceptions.
(module
  (memory (export "memory") 1)
  (tag $oops)
  (func (export "_start") (throw $oops)))
