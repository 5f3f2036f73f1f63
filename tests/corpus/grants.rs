//! What a grant opens, and that nothing else is open.

use std::os::unix::fs::symlink;

use cofferdam_tests::{Look, Site};

use crate::see_with;

/// A place with a folder `docs` to grant, and a secret beside it.
fn with_docs() -> (Site, String) {
    let site = Site::new();
    std::fs::create_dir(site.path("docs")).expect("a folder");
    site.write("secret.txt", "secret");
    site.write("docs/kept.txt", "kept\n");
    for (link, target) in
        [("link-to-secret", "../secret.txt"), ("link-to-parent", ".."), ("link-to-etc", "/etc")]
    {
        symlink(target, site.path("docs").join(link)).expect("a link");
    }
    let grant = format!("docs={}", site.path("docs").display());
    (site, grant)
}

#[test]
fn reads_its_grant() {
    let (site, grant) = with_docs();
    see_with(&site, "reads_its_grant", &["--read", &grant, "--", "kept.txt"])
        .ended("completed", 0)
        .at("output", "kept\n");
    see_with(&site, "reads_its_grant", &["--read", &grant, "--", "none.txt"]).ended("failed", 1);
    see_with(&site, "reads_its_grant", &["--", "kept.txt"]).ended("failed", 1);
}

#[test]
fn writes_its_grant() {
    let site = Site::new();
    std::fs::create_dir(site.path("out")).expect("a folder");
    let grant = format!("out={}", site.path("out").display());
    see_with(&site, "writes_its_grant", &["--write", &grant])
        .ended("completed", 0)
        .at("output", "written inside\n");
    assert_eq!(std::fs::read_to_string(site.path("out/result.txt")).expect("a result"), "written inside\n");
    see_with(&site, "writes_its_grant", &["--read", &grant]).ended("failed", 1);
}

#[test]
fn escapes_its_grant() {
    let (site, grant) = with_docs();
    see_with(&site, "escapes_its_grant", &["--read", &grant]).ended("completed", 0).at("output", "\n");
    assert_eq!(std::fs::read_to_string(site.path("docs/kept.txt")).expect("still there"), "kept\n");
    // A write grant opens its folder and nothing beyond it.
    let seen = see_with(&site, "escapes_its_grant", &["--write", &grant]).ended("completed", 0);
    for way in ["parent", "absolute", "link to a file", "link to a folder", "absolute link"] {
        let worked: Vec<&str> = seen.report.text("output").trim().split(',').collect();
        assert!(!worked.contains(&way), "{worked:?}");
    }
}

#[test]
fn opens_many_files() {
    let (site, grant) = with_docs();
    let seen = see_with(&site, "opens_many_files", &["--read", &grant]);
    let opened: u64 = seen.report.text("output").trim().parse().unwrap_or(0);
    assert!(opened < 1_000, "{opened} descriptors");
}

#[test]
fn a_grant_that_is_no_folder_is_said_before_anything_runs() {
    let site = Site::new();
    site.run_guest("reads_its_grant", &["--read", "docs=/no/such/folder"])
        .expect_code(125)
        .says("/no/such/folder");
    site.run_guest("reads_its_grant", &["--read", "docs"]).expect_code(125).says("NAME=DIR");
}

#[test]
fn fills_its_grant() {
    for bomb in ["descriptors", "entries", "folders", "listings", "bytes", "sizes", "links"] {
        let site = Site::new();
        std::fs::create_dir(site.path("bombed")).expect("a folder");
        site.write("secret", "secret");
        let grant = format!("bombed={}", site.path("bombed").display());
        let input = format!("{bomb:?}");
        let arguments = ["--write", &grant, "--input", &input, "--fuel", "400M", "--timeout", "20s"];
        let seen = see_with(&site, "fills_its_grant", &arguments);
        let outcome = seen.report.text("outcome").to_owned();
        assert!(["fuel_limit", "time_limit"].contains(&outcome.as_str()), "{bomb}: {:#}", seen.report);
        let (files, bytes) = held_below(&site.path("bombed"));
        assert!(files <= 10_000, "{bomb}: {files} files");
        assert!(bytes <= 1 << 30, "{bomb}: {bytes} bytes");
        if bomb == "bytes" {
            // Nothing but the quota is in the way of these.
            assert!(seen.report.text("message").contains("`bombed` was full"), "{:#}", seen.report);
        }
    }
}

/// How many files and how many bytes are below a folder.
fn held_below(folder: &std::path::Path) -> (usize, u64) {
    let mut held = (0, 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let about = entry.metadata().expect("what it is");
            held = (held.0 + 1, held.1 + about.len());
            if about.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    held
}
