;; Its entry is a host function, which so is called by the host with no guest in between.
(module
  (import "cofferdam_v1" "stop_requested" (func $stop (result i32)))
  (memory (export "memory") 1)
  (export "cofferdam_run" (func $stop)))
