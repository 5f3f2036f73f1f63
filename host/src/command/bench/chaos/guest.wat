;; `bench.chaos`: a job whose every step can be accounted for. Its input `[steps, every, ms]` is
;; how many steps it takes, after how many of them it enqueues a child and asks for a durable
;; checkpoint (0: never), and how long it sleeps before each. A step appends a letter to the part
;; `steps`, stirs a digest, and is a checkpoint. The output is `[steps, digest]`.
;;
;; What it does it also enters into the ledger, a file behind a write grant that no store knows of:
;; lines of `TIME_MS ID ATTEMPT WORD STEP`, with the words `began`, `did`, `durable` and `ended`.
;; The embedded `guest.wasm` is this text, assembled.
(module
  (@custom "cofferdam.manifest" "{\"kind\": \"bench.chaos\", \"queue\": \"bench-chaos\", \"memory\": \"1MiB\", \"host_allowance\": \"1MiB\", \"fuel\": \"1G\", \"timeout\": \"10m\", \"grants\": {\"write\": [\"bench-ledger\"]}}")
  (import "cofferdam_v1" "input" (func $input (param i32 i32) (result i32)))
  (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
  (import "cofferdam_v1" "info" (func $info (param i32 i32) (result i32)))
  (import "cofferdam_v1" "resume" (func $resume (param i32 i32) (result i32)))
  (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "append" (func $append (param i32 i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "enqueue" (func $enqueue (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  (data (i32.const 0) "ledger")
  (data (i32.const 16) "steps")
  (data (i32.const 32) "{\"kind\":\"bench.chaos\",\"input\":[3,0,2]}")
  (data (i32.const 128) "began ")
  (data (i32.const 136) "did ")
  (data (i32.const 144) "durable ")
  (data (i32.const 152) "ended ")
  ;; 192: the state, step and digest of 8 bytes each; 208: what calls return; 224: an iovec
  ;; 256: a subscription, 320: its event; 400: digits; 512: the input; 1024: info; 4096: a line
  (global $step (mut i64) (i64.const 0))
  (global $digest (mut i64) (i64.const 0))
  (global $attempt (mut i64) (i64.const 0))
  (global $at (mut i32) (i32.const 4096))   ;; where the line goes on
  (global $read (mut i32) (i32.const 0))    ;; where a number was read to

  (func $must (param $errno i32)
    (if (local.get $errno) (then unreachable)))

  ;; The next number at or after `from`.
  (func $number (param $from i32) (result i64)
    (local $value i64) (local $digit i32)
    (global.set $read (local.get $from))
    (block $found
      (loop $seek
        (local.set $digit (i32.sub (i32.load8_u (global.get $read)) (i32.const 48)))
        (br_if $found (i32.lt_u (local.get $digit) (i32.const 10)))
        (global.set $read (i32.add (global.get $read) (i32.const 1)))
        (br $seek)))
    (loop $more
      (local.set $value (i64.add (i64.mul (local.get $value) (i64.const 10)) (i64.extend_i32_u (local.get $digit))))
      (global.set $read (i32.add (global.get $read) (i32.const 1)))
      (local.set $digit (i32.sub (i32.load8_u (global.get $read)) (i32.const 48)))
      (br_if $more (i32.lt_u (local.get $digit) (i32.const 10))))
    (local.get $value))

  (func $put (param $byte i32)
    (i32.store8 (global.get $at) (local.get $byte))
    (global.set $at (i32.add (global.get $at) (i32.const 1))))

  ;; Everything from `from` on, up to and without the byte `until`.
  (func $put_until (param $from i32) (param $until i32)
    (block $end
      (loop $next
        (br_if $end (i32.eq (i32.load8_u (local.get $from)) (local.get $until)))
        (call $put (i32.load8_u (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $next))))

  (func $put_number (param $value i64)
    (local $first i32)
    (local.set $first (i32.const 432))
    (loop $digit
      (local.set $first (i32.sub (local.get $first) (i32.const 1)))
      (i32.store8 (local.get $first)
        (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $value) (i64.const 10)))))
      (local.set $value (i64.div_u (local.get $value) (i64.const 10)))
      (br_if $digit (i64.ne (local.get $value) (i64.const 0))))
    (loop $next
      (call $put (i32.load8_u (local.get $first)))
      (local.set $first (i32.add (local.get $first) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $first) (i32.const 432)))))

  ;; One line, in one write: a kill leaves whole lines or none.
  (func $enter (param $fd i32) (param $word i32)
    (global.set $at (i32.const 4096))
    (call $must (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 208)))
    (call $put_number (i64.div_u (i64.load (i32.const 208)) (i64.const 1000000)))
    (call $put (i32.const 32))
    ;; The information begins with `{"id":"`.
    (call $put_until (i32.const 1031) (i32.const 34))
    (call $put (i32.const 32))
    (call $put_number (global.get $attempt))
    (call $put (i32.const 32))
    (call $put_until (local.get $word) (i32.const 32))
    (call $put (i32.const 32))
    (call $put_number (global.get $step))
    (call $put (i32.const 10))
    (i32.store (i32.const 224) (i32.const 4096))
    (i32.store (i32.const 228) (i32.sub (global.get $at) (i32.const 4096)))
    (call $must (call $fd_write (local.get $fd) (i32.const 224) (i32.const 1) (i32.const 208))))

  ;; Where `"attempt":` ends in the information.
  (func $after_attempt (result i32)
    (local $at i32)
    (local.set $at (i32.const 1031))
    (loop $seek
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      ;; `"attempt`, little-endian
      (br_if $seek (i64.ne (i64.load (local.get $at)) (i64.const 0x74706d6574746122))))
    (local.get $at))

  (func $sleep (param $ms i64)
    (i64.store (i32.const 256) (i64.const 0))
    (i32.store8 (i32.const 264) (i32.const 0))
    (i32.store (i32.const 272) (i32.const 1))
    (i64.store (i32.const 280) (i64.mul (local.get $ms) (i64.const 1000000)))
    (i64.store (i32.const 288) (i64.const 0))
    (i32.store16 (i32.const 296) (i32.const 0))
    (call $must (call $poll_oneoff (i32.const 256) (i32.const 320) (i32.const 1) (i32.const 208))))

  (func (export "cofferdam_run") (result i32)
    (local $steps i64) (local $every i64) (local $ms i64) (local $fd i32) (local $durable i32)
    (drop (call $input (i32.const 512) (i32.const 256)))
    (local.set $steps (call $number (i32.const 512)))
    (local.set $every (call $number (global.get $read)))
    (local.set $ms (call $number (global.get $read)))
    (drop (call $info (i32.const 1024) (i32.const 3072)))
    (global.set $attempt (call $number (call $after_attempt)))
    ;; `ledger` in the grant, made if it is not there, to append to.
    (call $must (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 6) (i32.const 1)
      (i64.const 64) (i64.const 0) (i32.const 1) (i32.const 208)))
    (local.set $fd (i32.load (i32.const 208)))
    (if (i32.eq (call $resume (i32.const 192) (i32.const 16)) (i32.const 16))
      (then
        (global.set $step (i64.load (i32.const 192)))
        (global.set $digest (i64.load (i32.const 200)))))
    (call $enter (local.get $fd) (i32.const 128))
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (global.get $step) (local.get $steps)))
        (call $sleep (local.get $ms))
        (i32.store8 (i32.const 208)
          (i32.add (i32.const 97) (i32.wrap_i64 (i64.rem_u (global.get $step) (i64.const 26)))))
        (call $must (call $append (i32.const 16) (i32.const 5) (i32.const 208) (i32.const 1)))
        (global.set $digest
          (i64.rem_u
            (i64.add (i64.mul (global.get $digest) (i64.const 31)) (global.get $step))
            (i64.const 1000000007)))
        (global.set $step (i64.add (global.get $step) (i64.const 1)))
        (local.set $durable (i32.const 0))
        (if (i64.ne (local.get $every) (i64.const 0))
          (then
            (local.set $durable (i64.eqz (i64.rem_u (global.get $step) (local.get $every))))))
        (if (local.get $durable)
          (then
            (if (i32.lt_s (call $enqueue (i32.const 32) (i32.const 38) (i32.const 0) (i32.const 0)) (i32.const 0))
              (then unreachable))))
        (call $enter (local.get $fd) (i32.const 136))
        (i64.store (i32.const 192) (global.get $step))
        (i64.store (i32.const 200) (global.get $digest))
        (call $must (call $checkpoint (i32.const 192) (i32.const 16) (local.get $durable)))
        (if (local.get $durable)
          (then (call $enter (local.get $fd) (i32.const 144))))
        (br $next)))
    (call $enter (local.get $fd) (i32.const 152))
    (global.set $at (i32.const 4096))
    (call $put (i32.const 91))
    (call $put_number (global.get $step))
    (call $put (i32.const 44))
    (call $put_number (global.get $digest))
    (call $put (i32.const 93))
    (call $must (call $output (i32.const 4096) (i32.sub (global.get $at) (i32.const 4096))))
    (i32.const 0)))
