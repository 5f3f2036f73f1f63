//! Checkpoint files, and what a plan refuses.

use bytes::Bytes;
use cofferdam_queue::{Manifest, ManifestDraft, ModuleHash, SizeLimits};

use super::checkpoint_file::{CheckpointFile, Saved};
use crate::cli::{Cli, Command};
use crate::command::run::plan::{Planned, plan};
use clap::Parser;

fn manifest(kind: &str, version: u32) -> Manifest {
    ManifestDraft { checkpoint_version: Some(version), ..ManifestDraft::default() }
        .resolve(Some(kind))
        .unwrap()
}

/// The largest state.
const MAX: u64 = 1 << 20;
/// Of the input `null`.
const INPUT: &str = "sha256:74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b";

fn saved() -> Saved {
    Saved { state: Bytes::from_static(b"state"), next_effect: 0, count: 1, input: INPUT.to_owned() }
}

#[test]
fn a_checkpoint_file_gives_back_what_was_written_and_leaves_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let file = CheckpointFile::new(path, &manifest("a", 1), ModuleHash([7; 32]));
    assert_eq!(file.read(MAX).unwrap(), None);
    for state in [&b"\n{}\n\x00\xff"[..], b""] {
        let saved =
            Saved { state: Bytes::copy_from_slice(state), next_effect: 3, count: 9, input: INPUT.to_owned() };
        file.write(&saved).unwrap();
        assert_eq!(file.read(MAX).unwrap(), Some(saved));
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_checkpoint_of_another_job_or_version_or_a_torn_one_is_refused_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let module = ModuleHash([7; 32]);
    let file = CheckpointFile::new(path.clone(), &manifest("a", 1), module);
    let saved = saved();
    file.write(&saved).unwrap();
    for (other, expected) in [
        (manifest("b", 1), "is of `a`, not of `b`"),
        (manifest("a", 2), "has checkpoint_version 1, and this module reads 2"),
    ] {
        let failure = CheckpointFile::new(path.clone(), &other, module).read(MAX).unwrap_err();
        assert!(failure.what().contains(expected), "{failure}");
        assert!(failure.what().contains(path.to_str().unwrap()), "{failure}");
    }
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 2]).unwrap();
    assert!(file.read(MAX).unwrap_err().what().contains("holds 3 of 5 bytes"));
    std::fs::write(&path, b"hello").unwrap();
    assert!(file.read(MAX).unwrap_err().what().contains("is not a checkpoint file"));
    assert!(file.write(&saved).is_ok(), "what is refused is not in the way of a newer one");
}

#[test]
fn a_checkpoint_of_another_input_or_format_and_one_without_an_end_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let mut file = CheckpointFile::new(path.clone(), &manifest("a", 1), ModuleHash([7; 32]));
    file.write(&saved()).unwrap();
    assert!(file.take_input(b"null", file.read(MAX).unwrap().as_ref()).is_ok());
    let failure = file.take_input(b"[]", file.read(MAX).unwrap().as_ref()).unwrap_err();
    assert!(failure.what().contains("is of another input"), "{failure}");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"cofferdam_checkpoint\":2", "\"cofferdam_checkpoint\":1")).unwrap();
    assert!(file.read(MAX).unwrap_err().what().contains("has format 1"));
    let endless = CheckpointFile::new("/dev/zero".into(), &manifest("a", 1), ModuleHash([7; 32]));
    assert!(endless.read(MAX).unwrap_err().what().contains("`limits.checkpoint`"));
}

/// Plans a run of a module in text, with these arguments after its name.
fn planned(wat: &str, arguments: &[&str]) -> Result<Planned, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Some Job.wasm");
    std::fs::write(&path, wat::parse_str(wat).unwrap()).unwrap();
    let mut line = vec!["cofferdam", "run", path.to_str().unwrap()];
    line.extend_from_slice(arguments);
    let Command::Run(args) = Cli::try_parse_from(line).map_err(|error| error.to_string())?.command else {
        panic!("not a run");
    };
    plan(*args, &SizeLimits::default()).map_err(|failure| failure.to_string())
}

const COMMAND: &str = r#"(module (memory (export "memory") 4) (func (export "_start")))"#;
const JOB: &str = r#"(module (@custom "cofferdam.manifest" "{\"kind\": \"a\", \"grants\": {\"write\": [\"out\"]}}")
    (memory (export "memory") 4) (func (export "cofferdam_run") (result i32) i32.const 0))"#;

#[test]
fn a_command_needs_no_manifest_and_is_named_by_its_file() {
    let Ok(Planned::Run(plan)) = planned(COMMAND, &["--", "-l", "x"]) else { panic!("not planned") };
    assert_eq!(plan.manifest.kind.as_str(), "some-job");
    assert_eq!(plan.manifest.memory_ladder_bytes, [128 << 20]);
    assert_eq!((plan.manifest.fuel, plan.manifest.timeout_ms), (1_000_000_000_000, 3_600_000));
    assert_eq!(plan.args, ["-l", "x"]);
}

#[test]
fn a_limit_of_zero_is_wrong_usage_and_a_minimum_over_the_cap_is_the_modules() {
    assert!(planned(COMMAND, &["--fuel", "0"]).err().unwrap().contains("`fuel` is 0"));
    assert!(planned(COMMAND, &["--memory", "16GiB"]).err().unwrap().contains("4GiB is the most"));
    let Ok(Planned::Ended(refused)) = planned(COMMAND, &["--memory", "64KiB"]) else { panic!("not refused") };
    assert_eq!(refused.exit(), crate::exit::ExitCode(126));
    let message = refused.report.message.unwrap();
    assert!(message.contains("262144") && message.contains("65536"), "{message}");
}

#[test]
fn a_grant_that_the_job_asks_for_and_nobody_gives_is_named_with_the_flag() {
    let why = planned(JOB, &[]).err().unwrap();
    assert!(why.contains("asks for the grant `out`") && why.contains("--write out=DIR"), "{why}");
    let why = planned(JOB, &["--read", "out=/"]).err().unwrap();
    assert!(why.contains("--write out=DIR"), "{why}");
    assert!(planned(JOB, &["--write", "out=/tmp"]).is_ok());
    assert!(planned(JOB, &["--write", "out=/no/such"]).err().unwrap().contains("not a directory"));
    assert!(planned(JOB, &["--read", "..=/"]).err().unwrap().contains("not a name for a grant"));
    assert!(planned(COMMAND, &["--read", "a=/", "--write", "a=/"]).err().unwrap().contains("given twice"));
}
