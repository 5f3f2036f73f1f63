//! Mistakes in the configuration and on the command line.

use cofferdam_tests::{Look, Site, guest};

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
    let site = Site::new();
    site.configure("[worker]\nlease = \"15s\"\nmemory_bugdet = \"1GiB\"");
    for command in [vec!["work"], vec!["jobs", "list"], vec!["check"]] {
        let ended = site.run(command);
        assert!(ended.code == 2 || ended.code == 1, "{ended}");
        assert!(ended.stderr.contains("cofferdam.toml:3"), "{ended}");
        assert!(ended.stderr.contains("memory_bugdet") && ended.stderr.contains("memory_budget"), "{ended}");
    }
}

#[test]
fn a_wrong_unit_is_named_with_its_line_and_a_right_one() {
    let site = Site::new();
    site.configure("[worker]\nmemory_budget = \"1GB\"");
    let ended = site.run(["check"]);
    assert_ne!(ended.code, 0);
    assert!(ended.stderr.contains("cofferdam.toml:2") && ended.stderr.contains("`1GB`"), "{ended}");
    assert!(ended.stderr.contains("GiB"), "{ended}");
}

#[test]
fn flags_go_over_the_environment_and_that_over_the_file() {
    let site = Site::new();
    site.configure("[store]\nurl = \"sqlite:from-file.db\"");
    site.deploy(&["echoes"]);
    assert!(site.path("from-file.db").exists());
    let module = guest("echoes");
    let deploy = ["deploy", module.to_str().expect("UTF-8")];
    let mut command = site.command(deploy);
    command.env("COFFERDAM_STORE", "sqlite:from-environment.db");
    cofferdam_tests::Process::start(&mut command).end().done();
    assert!(site.path("from-environment.db").exists());
    let mut command = site.command(deploy.iter().chain(&["--store", "sqlite:from-flag.db"]));
    command.env("COFFERDAM_STORE", "sqlite:from-nowhere.db");
    cofferdam_tests::Process::start(&mut command).end().done();
    assert!(site.path("from-flag.db").exists() && !site.path("from-nowhere.db").exists());
}

#[test]
fn wrong_usage_exits_with_2_and_that_of_run_with_125() {
    let site = Site::new();
    site.run(["push"]).expect_code(2);
    site.run(["jobs", "show"]).expect_code(2);
    site.run(["run", "job.wasm", "--memory", "64MB"]).expect_code(125).says("64MB");
}

#[test]
fn inspect_shows_the_manifest_with_every_default() {
    let site = Site::new();
    let module = guest("counts");
    let shown = site.json(["inspect", module.to_str().expect("UTF-8"), "--json"]);
    let text = shown.to_string();
    for part in ["guest.counts", "4194304", "600000", "ledger"] {
        assert!(text.contains(part), "`{part}` is not in {shown:#}");
    }
    assert!(!shown.at("manifest").is_null(), "{shown:#}");
}
