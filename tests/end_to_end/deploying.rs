//! Deploying never restarts a worker; running attempts finish on their module.

use cofferdam_tests::{Look, Site, guest, wait};

#[test]
fn a_new_version_is_taken_while_an_attempt_runs_on_the_old_one() {
    let site = Site::new();
    site.deploy(&["version_one"]);
    let mut worker = site.work(&[]);
    let old = site.push("guest.version", "null");
    wait::until("it runs", || site.path(&format!("ledger/{old}.began")).exists().then_some(()));
    site.deploy(&["version_two"]);
    let new = site.push("guest.version", "null");
    assert_eq!(*site.until_state(&new, "completed").at("output"), 2);
    assert_eq!(site.job(&old).text("state"), "running", "it was not disturbed");
    site.write("ledger/go", "");
    assert_eq!(*site.until_state(&old, "completed").at("output"), 1, "it finished on its own module");
    assert!(!worker.has_ended(), "no restart");
    let modules = site.run(["modules", "list", "--json"]).done().json_lines();
    assert_eq!(modules.iter().filter(|module| module["kind"] == "guest.version").count(), 2);
    site.run(["modules", "rollback", "guest.version"]).done();
    assert_eq!(*site.until_state(&site.push("guest.version", "null"), "completed").at("output"), 1);
}

#[test]
fn a_module_that_cannot_run_is_refused_when_it_is_deployed_and_the_others_with_it() {
    let site = Site::new();
    let modules = [guest("echoes"), guest("imports_the_unknown")];
    let ended =
        site.run(std::iter::once("deploy".into()).chain(modules.map(|module| module.into_os_string())));
    assert_ne!(ended.code, 0, "{ended}");
    assert!(ended.stderr.contains("env.launch") && ended.stderr.contains("imports_the_unknown"), "{ended}");
    assert!(!site.path("cofferdam.db").exists(), "nothing was deployed, and no store was made for it");
}

#[test]
fn a_manifest_over_the_policy_is_refused_at_deploy_with_both_figures() {
    let site = Site::new();
    site.configure("[policy]\nmemory_max = \"2MiB\"");
    let module = guest("echoes");
    let ended = site.run(["deploy", module.to_str().expect("a path in UTF-8")]);
    assert_ne!(ended.code, 0, "{ended}");
    assert!(ended.stderr.contains("4MiB") && ended.stderr.contains("2MiB"), "{ended}");
}

#[test]
fn a_policy_that_is_the_worker_s_own_is_enforced_when_it_loads_the_module() {
    let site = Site::new();
    site.deploy(&["echoes"]);
    let id = site.push("guest.echoes", "1");
    let _worker = site.work_with(&[], &[("COFFERDAM_POLICY_MEMORY_MAX", "2MiB")]);
    wait::until("the job is not run, and the reason is shown", || {
        let job = site.job(&id);
        let reason = format!("{} {}", job.at("not_run"), job.at("reason"));
        (reason.contains("4MiB") && reason.contains("2MiB")).then_some(())
    });
}

#[test]
fn a_command_is_deployed_under_its_stem_with_limits_from_flags() {
    let site = Site::new();
    let module = guest("counts_words");
    let module = module.to_str().expect("a path in UTF-8");
    site.run(["deploy", module, "--memory", "8MiB", "--queue", "words"]).done();
    site.run(["deploy", module, "--kind", "text.words", "--fuel", "10M"]).done();
    let _worker = site.work(&[]);
    let by_stem = site.until_state(&site.push("counts_words", "one two"), "completed");
    assert_eq!((by_stem.text("output"), by_stem.text("queue")), ("2\n", "words"));
    assert_eq!(by_stem.number("memory.cap_bytes"), 8 << 20);
    let by_name = site.until_state(&site.push("text.words", "one"), "completed");
    assert_eq!(by_name.number("fuel.cap"), 10_000_000);
}
