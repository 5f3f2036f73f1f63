//! Stores that cannot be used: the error names the file and the remedy, and nothing is
//! written by half.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use cofferdam_tests::Site;

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let site = Site::new();
    let file = site.write("cofferdam.db", "this is a text, and somebody needs it\n".repeat(200));
    let before = std::fs::read(&file).expect("a file");
    for command in [vec!["jobs", "list"], vec!["work"], vec!["doctor"]] {
        let ended = site.run(command);
        assert_ne!(ended.code, 0, "{ended}");
        assert!(format!("{}{}", ended.stderr, ended.stdout).contains("cofferdam.db"), "{ended}");
    }
    assert_eq!(std::fs::read(&file).expect("a file"), before, "not a byte was changed");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let site = Site::new();
    let ended = site.run(["jobs", "list", "--store", "sqlite:no/such/folder/jobs.db"]).expect_code(1);
    assert!(ended.stderr.contains("no/such/folder"), "{ended}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    // Root may write anywhere; a folder of /proc refuses even root.
    let root = rustix::process::geteuid().is_root();
    let site = Site::new();
    std::fs::create_dir(site.path("sealed")).expect("a folder");
    std::fs::set_permissions(site.path("sealed"), Permissions::from_mode(0o555)).expect("a mode");
    let url = if root { "sqlite:/proc/self/jobs.db".to_owned() } else { "sqlite:sealed/jobs.db".to_owned() };
    let ended = site.run(["jobs", "list", "--store", &url]).expect_code(1);
    assert!(ended.stderr.contains("jobs.db"), "{ended}");
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let file = site.path("cofferdam.db");
    // The version is the user version of SQLite's header: 4 bytes at offset 60.
    let mut bytes = std::fs::read(&file).expect("a store");
    assert_ne!(bytes[60..64], [0; 4], "the store carries its version");
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    std::fs::write(&file, &bytes).expect("a writable store");
    let ended = site.run(["jobs", "list"]).expect_code(1);
    assert!(ended.stderr.contains("cofferdam.db") && ended.stderr.contains("newer"), "{ended}");
    assert_eq!(std::fs::read(&file).expect("a store"), bytes, "not a byte was changed");
}

#[test]
fn a_worker_whose_store_is_deleted_ends_and_says_so() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let mut worker = site.work(&["--lease", "2s"]);
    std::fs::remove_file(site.path("cofferdam.db")).expect("a store");
    let ended = worker.end();
    assert_ne!(ended.code, 0, "{ended}");
    assert!(ended.stderr.contains("was deleted or moved away"), "{ended}");
    assert!(!site.path("cofferdam.db").exists(), "and makes no other");
}
