//! Engines: their slots, their cache of compiled modules, and many attempts at
//! once.

use std::os::unix::fs::PermissionsExt;

use cofferdam_sandbox::{Engine, EngineConfig, LoadError, Outcome};

use crate::support::{MEMORY, command, ended, engine, finish, job, plain, program, runtime, wait, wasm};

#[test]
fn slots_are_reserved_beforehand() {
    assert!(engine().is_pooling());
}

#[test]
fn one_attempt_more_than_there_are_slots_is_our_fault() {
    let engine = Engine::new(EngineConfig { slots: 1, ..EngineConfig::default() }).expect("an engine");
    let program = engine.load(&wasm(&job(MEMORY, "(loop $l br $l) i32.const 0"))).expect("a program");
    let (first, control) = program.attempt(plain());
    let first = runtime().spawn(first);
    wait("the first runs", || control.usage().memory_bytes > 0);
    let second = finish(program.attempt(plain()).0);
    assert_eq!((second.outcome, second.exit_code), (Outcome::HostError, 125), "{second:#?}");
    assert_eq!(second.message, "all slots of the engine are taken");
    control.end_now(cofferdam_sandbox::Stop::Cancel);
    ended(first);
    let mut request = plain();
    request.limits.fuel = 1000;
    assert_eq!(finish(program.attempt(request).0).outcome, Outcome::FuelLimit);
}

#[test]
fn a_hundred_attempts_at_once_do_not_notice_each_other() {
    let good = program(&job(
        MEMORY,
        "(drop (call $output (i32.const 0) (call $input (i32.const 0) (i32.const 100)))) i32.const 0",
    ));
    let bomb = program(&job(MEMORY, "(loop $l (drop (memory.grow (i32.const 16))) br $l) i32.const 0"));
    let attempts: Vec<_> = (0..100u32)
        .map(|n| {
            let program = if n % 10 == 0 { &bomb } else { &good };
            let mut request = plain();
            request.input = n.to_string().into();
            (n, runtime().spawn(program.attempt(request).0))
        })
        .collect();
    for (n, attempt) in attempts {
        let report = ended(attempt);
        if n % 10 == 0 {
            assert_eq!(report.outcome, Outcome::MemoryLimit);
        } else {
            assert_eq!(report.output.as_deref(), Some(n.to_string().as_bytes()));
        }
    }
}

fn cached(dir: &std::path::Path) -> Result<Engine, cofferdam_sandbox::HostError> {
    // One slot: such an engine needs no module of its own.
    Engine::new(EngineConfig { cache_dir: Some(dir.to_owned()), slots: 1, ..EngineConfig::default() })
}

fn artefacts(dir: &std::path::Path) -> Vec<(std::ffi::OsString, std::time::SystemTime)> {
    let entries = std::fs::read_dir(dir).expect("the cache");
    entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let modified = entry.metadata().and_then(|m| m.modified()).expect("its time");
            (entry.file_name(), modified)
        })
        .collect()
}

#[test]
fn a_module_is_compiled_once_and_kept_privately() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path().join("modules");
    let module = wasm(&command(MEMORY, "(call $proc_exit (i32.const 7))"));
    let first = cached(&dir).expect("an engine").load(&module).expect("a program");
    let kept = artefacts(&dir);
    assert_eq!(kept.len(), 1);
    assert!(kept[0].0.to_string_lossy().starts_with(first.hash()));
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("it").permissions().mode() & 0o777;
    let entry = dir.join(&kept[0].0);
    assert_eq!((mode(&dir), mode(&entry), mode(&entry.join("code"))), (0o700, 0o700, 0o600));
    let second = cached(&dir).expect("an engine").load(&module).expect("a program");
    assert_eq!(artefacts(&dir), kept);
    for program in [first, second] {
        assert_eq!(finish(program.attempt(plain()).0).exit_code, 7);
    }
}

/// What can happen to a file of an entry, and what must not be run then.
#[test]
fn an_entry_that_is_not_what_was_written_is_compiled_again() {
    type Spoil = fn(&std::path::Path);
    let cases: [(&str, Spoil); 6] = [
        ("code of nonsense", |entry| std::fs::write(entry.join("code"), b"not code").expect("written")),
        ("one other byte", |entry| {
            let mut code = std::fs::read(entry.join("code")).expect("code");
            let middle = code.len() / 2;
            code[middle] ^= 1;
            std::fs::write(entry.join("code"), code).expect("written");
        }),
        ("no code", |entry| std::fs::remove_file(entry.join("code")).expect("removed")),
        ("an empty description", |entry| std::fs::write(entry.join("about"), b"").expect("written")),
        ("code that others may write to", |entry| {
            let others = std::fs::Permissions::from_mode(0o666);
            std::fs::set_permissions(entry.join("code"), others).expect("set");
        }),
        ("a link to the same code elsewhere", |entry| {
            let elsewhere =
                entry.parent().and_then(|dir| dir.parent()).expect("a directory").join("elsewhere");
            std::fs::rename(entry.join("code"), &elsewhere).expect("moved");
            std::os::unix::fs::symlink(&elsewhere, entry.join("code")).expect("linked");
        }),
    ];
    for (what, spoil) in cases {
        let dir = tempfile::tempdir().expect("a directory");
        let dir = dir.path().join("modules");
        let module = wasm(&command(MEMORY, "(call $proc_exit (i32.const 7))"));
        cached(&dir).expect("an engine").load(&module).expect("a program");
        let entry = dir.join(&artefacts(&dir)[0].0);
        spoil(&entry);
        let program = cached(&dir).expect("an engine").load(&module).expect("a program");
        assert_eq!(finish(program.attempt(plain()).0).exit_code, 7, "{what}");
        let code = std::fs::symlink_metadata(entry.join("code")).expect(what);
        assert!(code.is_file() && code.len() > 1000, "{what}: written again");
        assert_eq!(code.permissions().mode() & 0o777, 0o600, "{what}");
    }
}

#[test]
fn a_cache_that_others_may_write_to_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).expect("set");
    let error = cached(dir.path()).expect_err("refused").to_string();
    assert!(error.contains("others may write to it") && error.contains("chmod 700"), "{error}");
}

#[test]
fn a_module_over_the_engines_limits_is_refused_at_load() {
    let config = EngineConfig {
        slots: 1,
        memory_bytes_max: 1 << 20,
        table_elements_max: 100,
        ..EngineConfig::default()
    };
    let engine = Engine::new(config).expect("an engine");
    for (definitions, what) in [
        (r#"(memory (export "memory") 17)"#, "memory"),
        (r#"(memory (export "memory") 1) (table 101 funcref)"#, "table elements"),
    ] {
        let error = engine.load(&wasm(&job(definitions, "i32.const 0"))).expect_err("refused");
        assert!(matches!(&error, LoadError::Refused(_)), "{error}");
        assert!(error.to_string().contains(what), "{error}");
    }
}
