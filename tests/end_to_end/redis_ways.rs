//! A worker on a Redis over TLS, and as a user with exactly the rights that `docs/OPERATING.md` lists.

use cofferdam_servers::RedisServer;
use cofferdam_tests::{Look, Site, root};

/// Deploys, works, pushes, looks, and drains.
fn works(site: &Site, variables: &[(&str, &str)]) {
    let run = |arguments: &[&str]| {
        let mut command = site.command(arguments);
        command.envs(variables.iter().copied());
        cofferdam_tests::Process::start(&mut command).end()
    };
    let guest = cofferdam_tests::guest("enqueues_children");
    let echoes = cofferdam_tests::guest("echoes");
    let [guest, echoes] = [&guest, &echoes].map(|path| path.to_str().expect("UTF-8"));
    run(&["deploy", guest, echoes]).done();
    let mut command = site.command(["work"]);
    command.envs(variables.iter().copied());
    let mut worker = cofferdam_tests::Process::start(&mut command);
    let waited = run(&["push", "guest.echoes", "[1]", "--wait", "--json", "--timeout", "60s"]).done();
    assert_eq!(waited.json().text("state"), "completed");
    run(&["push", "guest.echoes", "2", "--in", "1h", "--id", "later"]).done();
    run(&["jobs", "cancel", "later"]).done();
    run(&["jobs", "retry", "later"]).done();
    run(&["jobs", "wait", "later"]).done();
    run(&["dead", "delete", "--all"]).done();
    for command in ["jobs", "queues", "workers", "modules", "dead"] {
        run(&[command, "list"]).done();
    }
    run(&["queues", "pause", "default"]).done();
    run(&["queues", "resume", "default"]).done();
    run(&["modules", "prune"]).done();
    run(&["doctor"]).done();
    worker.signal(rustix::process::Signal::TERM);
    let ended = worker.end().done();
    for bad in ["ERROR", "NOPERM", "cannot be woken"] {
        assert!(!ended.stderr.contains(bad), "{ended}");
    }
}

#[test]
fn tls_is_spoken_with_an_authority_of_ones_own_and_with_nobody_elses() {
    let server = RedisServer::with(|settings| settings.append_only("always").tls());
    let site = Site::new();
    site.configure(&format!("[store]\nurl = {:?}\n", server.url()));
    site.run(["jobs", "list"]).expect_code(1).says("certificate that is not trusted");
    site.run(["work"]).expect_code(1).says("SSL_CERT_FILE");
    let authority = server.authority();
    works(&site, &[("SSL_CERT_FILE", authority.to_str().expect("UTF-8"))]);
}

#[test]
fn a_user_with_the_documented_rights_can_do_all_and_has_no_other() {
    let page = std::fs::read_to_string(root().join("docs/OPERATING.md")).expect("docs/OPERATING.md");
    let line =
        page.split("ACL SETUSER cofferdam on >SECRET ").nth(1).and_then(|rest| rest.split("```").next());
    let rules = line.expect("the line that makes the user").replace("\\\n", " ");
    let rules = rules.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(rules.contains("-@all"), "{rules}");
    let server = RedisServer::with(|settings| {
        settings.append_only("always").password("everything").user("cofferdam", "secret", &rules)
    });
    let site = Site::new();
    site.configure(&format!("[store]\nurl = {:?}\n", server.url_of("cofferdam")));
    works(&site, &[]);
    // Another store on the same server is not this user's.
    let other = format!("{}?name=other", server.url_of("cofferdam"));
    site.run(["jobs", "list", "--store", &other]).expect_code(1).says("does not let this user");
}
