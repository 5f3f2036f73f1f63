//! A store on bad ground: every error names the file and says what to do, and nothing that
//! was acknowledged is lost.
//!
//! What needs another user or a small disk is played by this test binary, started again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use cofferdam_queue::*;
use cofferdam_store::sqlite::{SqliteConfig, SqliteStore};
use rusqlite::Connection;

const NOBODY: u32 = 65_534;

fn refused(path: &Path) -> String {
    match SqliteStore::open(SqliteConfig::new(path)) {
        Err(StoreError::Unusable { message }) => message,
        Err(error) => panic!("not for good: {error}"),
        Ok(_) => panic!("`{}` was opened", path.display()),
    }
}

fn says(message: &str, path: &Path, parts: &[&str]) {
    assert!(message.contains(&path.display().to_string()), "the file is not named: {message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

fn module() -> Deploy {
    let manifest = ManifestDraft::default().resolve(Some("noop")).unwrap();
    Deploy { module: ModuleHash([9; 32]), wasm: Bytes::from_static(b"wasm"), manifest }
}

fn job(id: &str, input: Bytes) -> NewJob {
    NewJob { id: id.parse().unwrap(), kind: Kind::trusted("noop"), queue: None, input, due_at: None }
}

async fn filled(path: &Path, jobs: usize) {
    let store = SqliteStore::open(SqliteConfig::new(path)).unwrap();
    store.deploy(module()).await.unwrap();
    let input = Bytes::from(vec![b'x'; 1_000]);
    let jobs = (0..jobs).map(|number| job(&format!("job-{number}"), input.clone())).collect();
    store.enqueue(jobs).await.unwrap();
}

fn beside(path: &Path) -> Vec<PathBuf> {
    fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_store_is_created_for_its_user_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    let store = SqliteStore::open(SqliteConfig::new(&path)).unwrap();
    store.deploy(module()).await.unwrap();
    let made = beside(&path);
    assert!(made.len() >= 4, "the file, its log, its index and the meeting place: {made:?}");
    for made in made {
        let mode = fs::metadata(&made).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", made.display());
    }
}

#[tokio::test]
async fn a_file_that_was_moved_away_or_replaced_is_written_to_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    let store = SqliteStore::open(SqliteConfig::new(&path)).unwrap();
    store.deploy(module()).await.unwrap();
    let push = async |id: &str| store.enqueue(vec![job(id, Bytes::new())]).await;
    push("a").await.unwrap();
    fs::rename(&path, dir.path().join("away.db")).unwrap();
    let refused = push("b").await.unwrap_err().to_string();
    says(&refused, &path, &["was deleted or moved away", "put the file back"]);
    fs::write(&path, "").unwrap();
    let refused = push("b").await.unwrap_err().to_string();
    says(&refused, &path, &["was replaced by another file"]);
    fs::rename(dir.path().join("away.db"), &path).unwrap();
    push("b").await.unwrap();
}

#[test]
fn a_missing_directory_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nowhere/jobs.db");
    says(&refused(&path), &path, &["there is no directory", "create it first"]);
}

#[test]
fn a_directory_is_no_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    fs::create_dir(&path).unwrap();
    says(&refused(&path), &path, &["cannot be opened"]);
}

#[test]
fn a_text_file_is_no_store_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    let text = "my shopping list\n".repeat(100);
    fs::write(&path, &text).unwrap();
    says(&refused(&path), &path, &["is not a SQLite database", "--store"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(beside(&path), [path]);
}

#[test]
fn the_database_of_another_program_is_refused_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = fs::read(&path).unwrap();
    says(&refused(&path), &path, &["another program", "--store"]);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(beside(&path), [path]);
}

#[tokio::test]
async fn a_file_from_a_newer_version_is_refused_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    filled(&path, 1).await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    says(&refused(&path), &path, &["newer version of cofferdam (format 99", "update this cofferdam"]);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_file_is_told_apart_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jobs.db");
    filled(&path, 500).await;
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[4_096..length].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let store = match SqliteStore::open(SqliteConfig::new(&path)) {
        Err(error) => return says(&error.to_string(), &path, &["damaged", "backup"]),
        Ok(store) => store,
    };
    let error = store.enqueue(vec![job("a", Bytes::new())]).await.unwrap_err();
    assert!(matches!(error, EnqueueError::Store(StoreError::Unusable { .. })), "{error:?}");
    says(&error.to_string(), &path, &["damaged", "backup"]);
}

/// This binary, as a user that may not write what root owns. Where the tests do not run as
/// root, the user that runs them is one.
fn as_nobody(test: &str, path: &Path) {
    let dir = path.parent().unwrap();
    let mut program = std::env::current_exe().unwrap();
    if rustix::process::geteuid().is_root() {
        // Where nobody can find it.
        let copy = tempfile::Builder::new().prefix("store-test").tempdir().unwrap().keep();
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(dir.parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
        let to = copy.join("bad_ground");
        fs::copy(&program, &to).unwrap();
        program = to;
    }
    let mut command = Command::new(&program);
    command.args([test, "--exact", "--nocapture"]).env("STORE_PATH", path).current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = loop {
        match command.output() {
            // A process that another test starts at this moment still holds the copy for writing.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            output => break output.unwrap(),
        }
    };
    if rustix::process::geteuid().is_root() {
        fs::remove_dir_all(program.parent().unwrap()).unwrap();
    }
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

fn given_path() -> Option<PathBuf> {
    std::env::var_os("STORE_PATH").map(PathBuf::from)
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("store");
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, Permissions::from_mode(0o555)).unwrap();
    as_nobody("played_on_a_directory_that_cannot_be_written", &dir.join("jobs.db"));
    fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn played_on_a_directory_that_cannot_be_written() {
    let Some(path) = given_path() else { return };
    says(&refused(&path), &path, &["cannot be written", "writable for this user"]);
}

#[tokio::test]
async fn a_file_that_may_not_be_read_or_written_is_named() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("store");
    fs::create_dir(&dir).unwrap();
    let path = dir.join("jobs.db");
    filled(&path, 1).await;
    for file in fs::read_dir(dir.join("jobs.db-workers")).unwrap() {
        fs::set_permissions(file.unwrap().path(), Permissions::from_mode(0o666)).unwrap();
    }
    fs::set_permissions(dir.join("jobs.db-workers"), Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(&dir, Permissions::from_mode(0o777)).unwrap();
    for mode in [0o000, 0o444] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        as_nobody("played_on_a_file_that_may_not_be_written", &path);
    }
}

#[test]
fn played_on_a_file_that_may_not_be_written() {
    let Some(path) = given_path() else { return };
    says(&refused(&path), &path, &["this user"]);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    // A disk of 4 MiB, in a namespace of its own.
    let script =
        "mount -t tmpfs -o size=4m none \"$1\" && exec \"$2\" played_on_a_small_disk --exact --nocapture";
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .env("STORE_PATH", dir.path().join("jobs.db"))
        .output();
    match output {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(said.contains("1 passed"), "{said}");
        }
        other => {
            let said = other.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
            let said = said.unwrap_or_else(|error| error.to_string());
            assert!(!said.contains("panicked"), "{said}");
            // Where nothing may be mounted the store is given a file that may not grow.
            println!("no small disk can be made here ({}): a limit instead", said.trim());
            fill_up(&dir.path().join("jobs.db"), Some(4 << 20)).await;
        }
    }
}

#[tokio::test]
async fn played_on_a_small_disk() {
    if let Some(path) = given_path() {
        fill_up(&path, None).await;
    }
}

async fn fill_up(path: &Path, bytes_max: Option<u64>) {
    let config = SqliteConfig { bytes_max, ..SqliteConfig::new(path) };
    let store = SqliteStore::open(config).unwrap();
    store.deploy(module()).await.unwrap();
    let input = Bytes::from(vec![b'x'; 20_000]);
    let mut acknowledged = Vec::new();
    let error = loop {
        let id = format!("job-{}", acknowledged.len());
        match store.enqueue(vec![job(&id, input.clone())]).await {
            Ok(_) => acknowledged.push(JobId::trusted(&id)),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 10_000, "the disk never filled up");
    };
    assert!(matches!(error, EnqueueError::Store(StoreError::Unavailable { .. })), "{error:?}");
    says(&error.to_string(), path, &["is full", "free space"]);
    // Still readable, and the failure left nothing half done.
    let missing = JobId::trusted(&format!("job-{}", acknowledged.len()));
    assert_eq!(store.job(missing.clone()).await.unwrap(), None);
    drop(store);
    let store = SqliteStore::open(SqliteConfig::new(path)).unwrap();
    assert!(acknowledged.len() > 20, "{}", acknowledged.len());
    for id in &acknowledged {
        let view = store.job(id.clone()).await.unwrap().unwrap_or_else(|| panic!("`{id}` is lost"));
        assert_eq!(view.input, input);
    }
    assert_eq!(store.job(missing).await.unwrap(), None);
    println!("{} jobs fitted; then: {error}", acknowledged.len());
}
