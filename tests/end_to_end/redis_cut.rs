//! Connections that are cut in the middle of an answer: the worker does not know what was done,
//! the server does.

use cofferdam_tests::{Look, OnRedis, Proxy, wait};

/// An exchange is answered with an array of eight, which no other script is.
const EXCHANGED: &str = "*8\r\n";

/// After so many bytes: before the first, in the middle of a number, among the answers to the
/// commits, and in the middle of the jobs that were given.
const CUTS: [usize; 12] = [0, 1, 5, 12, 29, 40, 48, 90, 200, 700, 3_000, 20_000];

const JOBS: usize = 600;

#[test]
fn commits_are_recognized_and_claims_are_given_again_when_their_answers_are_cut_off() {
    let place = OnRedis::new();
    let proxy = Proxy::to(&place.server);
    let long = place.counts_long();
    let lines: Vec<String> =
        (0..JOBS).map(|n| format!(r#"{{"kind":"guest.echoes","input":{n},"id":"job-{n}"}}"#)).collect();
    let file = place.site.write("jobs.ndjson", lines.join("\n"));
    let url = proxy.url();
    // Few at a time, so that there is always more to claim.
    let worker = place.site.work(&["--store", &url, "-c", "2"]);
    place.until_it_goes_on(&long);
    place.site.run(["push", "--bulk", file.to_str().expect("UTF-8")]).done();
    for (number, after_bytes) in CUTS.into_iter().enumerate() {
        proxy.cut_in_answer(EXCHANGED, after_bytes);
        wait::until("an answer is cut", || (proxy.cuts() > number).then_some(()));
    }
    let job = place.until_counted(&long);
    assert_eq!(job.number("attempt"), 1, "{job:#}");
    wait::until("all are completed", || {
        let completed = place.site.run(["jobs", "list", "--state", "completed", "--limit", "1000", "--json"]);
        (completed.done().stdout.lines().count() == JOBS + 1).then_some(())
    });
    for job in place.site.jobs() {
        assert_eq!(job.number("attempt"), 1, "run twice: {job:#}");
    }
    assert!(!worker.stderr().contains("lease lost"), "{}", worker.stderr());
}
