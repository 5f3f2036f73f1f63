;; The start function calls the entry, with effects, before the host does.
(module
  (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (data (i32.const 0) "123")
  (func $run (export "cofferdam_run") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (drop (call $checkpoint (i32.const 0) (i32.const 3) (i32.const 0)))
    ;; The second time there is an output already.
    (i32.ne (call $output (i32.const 0) (global.get $calls))
      (select (i32.const 0) (i32.const -4) (i32.eq (global.get $calls) (i32.const 1)))))
  (func $begin (if (call $run) (then unreachable)))
  (start $begin))
