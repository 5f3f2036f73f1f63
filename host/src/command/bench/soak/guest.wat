;; `bench.soak`: honest or hostile, as its input says: a digit. The embedded `guest.wasm` is this
;; text, assembled; its functions have names, so that a trap asks for them.
(module
  (@custom "cofferdam.manifest" "{\"kind\": \"bench.soak\", \"queue\": \"bench\", \"memory\": \"2MiB\", \"fuel\": \"3M\", \"timeout\": \"30s\", \"retries\": 0}")
  (import "cofferdam_v1" "input" (func $input (param i32 i32) (result i32)))
  (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
  (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "append" (func $append (param i32 i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (table 1 funcref)
  (data (i32.const 0) "\"done\"parttext of a line in the log")

  ;; Work whose result is known, with a checkpoint in its middle: another result is a trap.
  (func $work_honestly (result i32)
    (local $round i32) (local $digest i64)
    (loop $again
      (local.set $digest (i64.add (i64.mul (local.get $digest) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
      (i64.store (i32.add (i32.const 4096) (i32.and (i32.mul (local.get $round) (i32.const 8)) (i32.const 0xffff))) (local.get $digest))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (if (i32.eq (local.get $round) (i32.const 30000)) (then
        (drop (call $append (i32.const 6) (i32.const 4) (i32.const 10) (i32.const 24)))
        (drop (call $checkpoint (i32.const 4096) (i32.const 64) (i32.const 0)))))
      (br_if $again (i32.lt_u (local.get $round) (i32.const 60000))))
    (if (i64.ne (local.get $digest) (i64.const 6614388855118027744)) (then unreachable))
    (drop (call $output (i32.const 0) (i32.const 6)))
    (i32.const 0))

  (func $hoard_memory (loop $again (drop (memory.grow (i32.const 1))) (br $again)))
  (func $hoard_table (loop $again (drop (table.grow 0 (ref.null func) (i32.const 10000))) (br $again)))
  (func $recurse (call $recurse) (call $recurse))
  (func $spin (loop $again (br $again)))
  (func $log_for_ever (loop $again (drop (call $log (i32.const 2) (i32.const 10) (i32.const 24))) (br $again)))
  (func $give_up (drop (call $checkpoint (i32.const 0) (i32.const 64) (i32.const 0))) unreachable)
  (func $point_outside (drop (call $log (i32.const 2) (i32.const 0xfffffff0) (i32.const 0xfffffff0))))

  (func (export "cofferdam_run") (result i32)
    (drop (call $input (i32.const 1024) (i32.const 4)))
    (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
      (br_table $0 $1 $2 $3 $4 $5 $6 $7 (i32.sub (i32.load8_u (i32.const 1024)) (i32.const 48))))
      (return (call $work_honestly)))
      (call $hoard_memory) (return (i32.const 0)))
      (call $hoard_table) (return (i32.const 0)))
      (call $recurse) (return (i32.const 0)))
      (call $spin) (return (i32.const 0)))
      (call $log_for_ever) (return (i32.const 0)))
      (call $give_up) (return (i32.const 0)))
    (call $point_outside)
    (i32.const 0)))
