;; poll_oneoff with far more subscriptions than anybody has: an hour's clock each.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1024)
  (func (export "_start")
    (local $at i32)
    ;; A subscription is 48 bytes: userdata, the tag at 8, the clock's timeout at 24.
    (loop $fill
      (i64.store (i32.add (local.get $at) (i32.const 24)) (i64.const 3600000000000))
      (local.set $at (i32.add (local.get $at) (i32.const 48)))
      (br_if $fill (i32.lt_u (local.get $at) (i32.const 33000000))))
    (loop $again
      (drop (call $poll (i32.const 0) (i32.const 34000000) (i32.const 680000) (i32.const 67000000)))
      (br $again))))
