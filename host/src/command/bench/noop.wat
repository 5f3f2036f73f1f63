;; `bench.noop`: takes its input, gives an output, and does nothing else, so that what is
;; measured is the enclosure. The embedded `noop.wasm` is this text, assembled.
(module
  (@custom "cofferdam.manifest" "{\"kind\": \"bench.noop\", \"queue\": \"bench\", \"memory\": \"1MiB\", \"fuel\": \"1M\", \"timeout\": \"10s\"}")
  (import "cofferdam_v1" "input" (func $input (param i32 i32) (result i32)))
  (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "null")
  (func (export "cofferdam_run") (result i32)
    (drop (call $input (i32.const 1024) (i32.const 4096)))
    (drop (call $output (i32.const 0) (i32.const 4)))
    (i32.const 0)))
