//! `cofferdam run`, as a CI system and a shell see it: streams, signals, exit codes.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Copies stdin to stdout, 60,000 bytes at a time.
const CAT: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start") (local $n i32)
    (loop $more
      (i32.store (i32.const 0) (i32.const 100))
      (i32.store (i32.const 4) (i32.const 60000))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $n (i32.load (i32.const 8)))
      (if (local.get $n) (then
        (i32.store (i32.const 4) (local.get $n))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br $more))))))"#;

/// Writes a line, then spins.
const SAYS_AND_SPINS: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00")
  (data (i32.const 16) "begun\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (loop $for_ever (br $for_ever))))"#;

/// Writes for ever.
const YES: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\10\00\00\00\00\80\00\00")
  (func (export "_start")
    (loop $for_ever
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br $for_ever))))"#;

/// A job that counts checkpoints up from where it left off; its output says whether it began
/// further on. It appends, reports progress, and ends at the count that its input's length says;
/// with an empty input two checkpoints after the one it went on from, else never.
const COUNTS: &str = r#"(module
  (import "cofferdam_v1" "checkpoint" (func $checkpoint (param i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "resume" (func $resume (param i32 i32) (result i32)))
  (import "cofferdam_v1" "input" (func $input (param i32 i32) (result i32)))
  (import "cofferdam_v1" "output" (func $output (param i32 i32) (result i32)))
  (import "cofferdam_v1" "append" (func $append (param i32 i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "enqueue" (func $enqueue (param i32 i32 i32 i32) (result i32)))
  (import "cofferdam_v1" "progress" (func $progress (param i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "{\"kind\":\"other\",\"input\":[1]}")
  (data (i32.const 128) "rows")
  (func (export "cofferdam_run") (result i32) (local $at i32) (local $to i32)
    (drop (call $resume (i32.const 0) (i32.const 4)))
    (local.set $to (call $input (i32.const 512) (i32.const 0)))
    (local.set $at (i32.load (i32.const 0)))
    (if (i32.and (i32.eqz (local.get $to)) (i32.ne (local.get $at) (i32.const 0)))
      (then (local.set $to (i32.add (local.get $at) (i32.const 2)))))
    ;; "0" and "1": began at the start, or further on
    (i32.store8 (i32.const 8) (i32.add (i32.const 48) (i32.ne (local.get $at) (i32.const 0))))
    (drop (call $output (i32.const 8) (i32.const 1)))
    (drop (call $enqueue (i32.const 64) (i32.const 28) (i32.const 0) (i32.const 0)))
    (loop $more
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (i32.store (i32.const 0) (local.get $at))
      (drop (call $append (i32.const 128) (i32.const 4) (i32.const 128) (i32.const 4)))
      (drop (call $progress (i64.extend_i32_u (local.get $at)) (i64.const 0) (i32.const 128) (i32.const 4)))
      (drop (call $checkpoint (i32.const 0) (i32.const 4) (i32.const 1)))
      (br_if $more (i32.or (i32.eqz (local.get $to)) (i32.lt_u (local.get $at) (local.get $to)))))
    (i32.const 0)))"#;

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn module(&self, wat: &str) -> PathBuf {
        let path = self.path("job.wasm");
        std::fs::write(&path, wat::parse_str(wat).expect("a module")).expect("written");
        path
    }

    /// `cofferdam run` of this module in this place, with nothing of the environment.
    fn run(&self, wat: &str, arguments: &[&str]) -> Command {
        let module = self.module(wat);
        self.cofferdam(&[&["run", module.to_str().expect("UTF-8")], arguments].concat())
    }

    /// `cofferdam` in this place, with nothing of the environment.
    fn cofferdam(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cofferdam"));
        command.args(arguments);
        command.current_dir(self.dir.path()).env_clear().env("COFFERDAM_CACHE_DIR", self.path("cache"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn report(&self, wat: &str, arguments: &[&str]) -> (i32, serde_json::Value) {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let output = self.run(wat, &arguments).output().expect("started");
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        (output.status.code().expect("ended by itself"), report)
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("signalled");
}

#[test]
fn a_signal_ends_a_run_whose_report_nobody_reads() {
    let place = Place::new();
    let pipe = place.path("report");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let mut child =
        place.run(SAYS_AND_SPINS, &["--fuel", "100k", "--report", pipe.to_str().unwrap()]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    // The first may find the guest still running, and its report is then told all the same.
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it waits for a reader");
        signal(&child, Signal::TERM);
        std::thread::yield_now();
    }
    assert_eq!(end(child).status.code(), Some(143));
}

/// Until a TERM no longer ends it as any process.
fn until_it_listens(child: &Child) {
    let status = format!("/proc/{}/status", child.id());
    let begun = Instant::now();
    let caught = || {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    };
    while caught().is_none_or(|mask| mask & 1 << (Signal::TERM.as_raw() - 1) == 0) {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never listened");
        std::thread::yield_now();
    }
}

/// Everything that is left to be read, and the end.
fn end(child: Child) -> Output {
    child.wait_with_output().expect("waited for")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_command_in_a_pipe_reads_what_is_piped_in_and_says_nothing_of_its_own() {
    let place = Place::new();
    let mut child = place.run(CAT, &[]).stdin(Stdio::piped()).spawn().unwrap();
    let payload = vec![b'x'; 1_000_000];
    child.stdin.take().unwrap().write_all(&payload).unwrap();
    let output = end(child);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    assert!(output.stdout == payload, "{} bytes came through", output.stdout.len());
}

#[test]
fn a_payload_that_does_not_end_is_waited_for_no_longer_than_the_timeout() {
    let place = Place::new();
    let mut child = place.run(CAT, &["--timeout", "200ms"]).stdin(Stdio::piped()).spawn().unwrap();
    // Kept open on purpose.
    let stdin = child.stdin.take();
    let output = end(child);
    drop(stdin);
    assert_eq!(output.status.code(), Some(124));
    assert!(text(&output.stderr).contains("its payload on stdin did not end"), "{}", text(&output.stderr));
}

#[test]
fn output_comes_while_the_command_runs_and_a_signal_ends_it_with_its_own_code() {
    let place = Place::new();
    for (number, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut child = place.run(SAYS_AND_SPINS, &[]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "begun\n");
        signal(&child, number);
        let output = end(child);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with("interrupted"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_signal_before_the_guest_began_ends_the_run_too() {
    let place = Place::new();
    let mut child = place.run(CAT, &["--json"]).stdin(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    // It listens before it reads: what it is sent from its first moment on counts, or ends it
    // as any process. Either way it is gone.
    signal(&child, Signal::TERM);
    let output = end(child);
    drop(stdin);
    assert!(matches!(output.status.code(), Some(143) | None), "{output:?}");
}

#[test]
fn a_reader_that_goes_away_ends_the_command() {
    let place = Place::new();
    let mut child = place.run(YES, &[]).spawn().unwrap();
    let mut first = [0; 1000];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    drop(child.stdout.take());
    let output = end(child);
    assert_ne!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("nobody reads its stdout"), "{}", text(&output.stderr));
}

#[test]
fn a_reader_that_does_not_read_cannot_hold_the_command_beyond_its_time() {
    let place = Place::new();
    let mut child = place.run(YES, &["--timeout", "300ms"]).spawn().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(124));
}

#[test]
fn an_interrupted_job_keeps_its_state_and_goes_on_from_it() {
    let place = Place::new();
    let state = place.path("state");
    let state = state.to_str().unwrap();
    let mut child = place.run(COUNTS, &["--checkpoint", state, "--input", ""]).spawn().unwrap();
    // Its progress: it has checkpointed.
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    signal(&child, Signal::TERM);
    assert_eq!(end(child).status.code(), Some(143));
    let kept = std::fs::read(state).unwrap();
    let at = u32::from_le_bytes(kept[kept.len() - 4..].try_into().unwrap());
    assert!(at > 0);
    let output = place.run(COUNTS, &["--checkpoint", state, "--input", "x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = text(&output.stderr);
    assert!(said.contains("is of another input") && said.contains("name another file"), "{said}");
    let (code, report) = place.report(COUNTS, &["--checkpoint", state, "--input", ""]);
    assert_eq!((code, &report["resumed"], &report["output"]), (0, &true.into(), &1.into()), "{report:#}");
    assert_eq!(report["checkpoint"]["count"], 2, "{report:#}");
    assert_eq!(report["parts"]["rows"]["bytes"], 8, "{report:#}");
}

#[test]
fn a_completed_job_leaves_no_checkpoint_so_that_the_same_command_does_it_again() {
    let place = Place::new();
    let state = place.path("state");
    for _ in 0..2 {
        let arguments = ["--checkpoint", state.to_str().unwrap(), "--input", "xxx"];
        let (code, report) = place.report(COUNTS, &arguments);
        assert_eq!((code, &report["resumed"]), (0, &false.into()), "{report:#}");
        assert_eq!(report["checkpoint"]["count"], 3, "{report:#}");
        assert!(!state.exists());
    }
}

#[test]
fn a_module_without_an_end_is_refused_at_its_limit() {
    let place = Place::new();
    let output = place.cofferdam(&["run", "/dev/zero"]).output().unwrap();
    assert_eq!(output.status.code(), Some(126));
    assert!(text(&output.stderr).contains("is more than 67108864 bytes"), "{}", text(&output.stderr));
}

#[test]
fn a_module_may_come_through_a_pipe_and_a_signal_ends_the_wait_for_it() {
    let place = Place::new();
    let pipe = place.path("pipe.wasm");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
    assert!(made.success());
    let named = pipe.to_str().unwrap();
    let child = place.cofferdam(&["run", named]).stdout(Stdio::piped()).spawn().unwrap();
    let module = place.module(SAYS_AND_SPINS.replace("(loop $for_ever (br $for_ever))", "").as_str());
    std::fs::write(&pipe, std::fs::read(module).unwrap()).unwrap();
    let output = end(child);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), "begun\n"));
    for arguments in [&["run", named][..], &["run", "job.wasm", "--checkpoint", named]] {
        let child = place.cofferdam(arguments).spawn().unwrap();
        until_it_listens(&child);
        signal(&child, Signal::TERM);
        assert_eq!(end(child).status.code(), Some(143), "{arguments:?}");
    }
}

#[test]
fn children_and_parts_are_listed_and_not_performed() {
    let place = Place::new();
    let (code, report) = place.report(COUNTS, &["--input", "xxx"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["children"], serde_json::json!(["run.0"]));
    assert_eq!(report["enqueued"][0]["kind"], "other");
    assert_eq!(report["enqueued"][0]["input"], serde_json::json!([1]));
    assert_eq!(report["parts"]["rows"]["chunks"], 3);
    let output = place.run(COUNTS, &["--input", "xxx"]).output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(text(&output.stdout), "0\n");
    assert!(said.contains("child run.0 not run: other [1]"), "{said}");
    assert!(said.contains("part rows not kept"), "{said}");
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_our_failure_and_names_the_file() {
    let place = Place::new();
    let output = place.run(COUNTS, &["--checkpoint", "/proc/no/such", "--input", "x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(text(&output.stderr).contains("cannot write the checkpoint `/proc/no/such`"));
}

#[test]
fn a_configuration_that_merely_lies_there_is_not_read() {
    let place = Place::new();
    std::fs::write(place.path("cofferdam.toml"), "[no_such_section]\n").unwrap();
    assert!(place.run(CAT, &[]).output().unwrap().status.success());
    let output = place.run(CAT, &["--config", "cofferdam.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(text(&output.stderr).contains("cofferdam.toml:1: unknown section"));
}

#[test]
fn compiled_modules_are_kept_in_a_directory_of_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    assert!(place.run(CAT, &[]).output().unwrap().status.success());
    let cache: &Path = &place.path("cache");
    assert_eq!(cache.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(cache).unwrap().count(), 1);
    // What others may write to is not used, and that stops nobody.
    std::fs::set_permissions(cache, std::fs::Permissions::from_mode(0o777)).unwrap();
    let output = place.run(CAT, &[]).output().unwrap();
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("others may write to it"), "{}", text(&output.stderr));
}

#[test]
fn a_child_that_is_no_job_fails_its_parent_and_is_named() {
    let place = Place::new();
    let wrong =
        COUNTS.replace(r#"{\"kind\":\"other\",\"input\":[1]}"#, r#"{\"kind\":\"OTHER\",\"input\":[1]}"#);
    let (code, report) = place.report(&wrong, &["--input", "xxx"]);
    assert_eq!((code, &report["outcome"]), (1, &"failed".into()), "{report:#}");
    let message = report["message"].as_str().unwrap();
    assert!(message.starts_with("child number 0 is not a job at `kind`"), "{message}");
    assert_eq!(report["enqueued"], serde_json::json!([]));
    assert_eq!(report["parts"], serde_json::json!({}), "its state and its effects go together");
}
