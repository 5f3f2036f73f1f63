//! Connections that are cut in the middle of an answer: the worker does not know what was done,
//! the server does.

use cofferdam_tests::{Look, OnRedis, Proxy, wait};

/// An exchange is answered with an array of nine that begins with a time, as no other script is.
const EXCHANGED: &str = "*9\r\n$13\r\n";

/// To who listens.
const MESSAGE: &str = "*3\r\n$7\r\nmessage\r\n";

/// After so many bytes: before the first, in the middle of a number, among the answers to the
/// commits, and in the middle of the jobs that were given.
const CUTS: [usize; 10] = [0, 1, 5, 12, 40, 48, 90, 200, 700, 20_000];

/// Pushed for each cut.
const JOBS: usize = 40;

#[test]
fn commits_are_recognized_and_claims_are_given_again_when_their_answers_are_cut_off() {
    let place = OnRedis::new();
    let proxy = Proxy::to(&place.server);
    let long = place.counts_long();
    let url = proxy.url();
    let worker = place.site.work(&["--store", &url, "-c", "4"]);
    place.until_it_goes_on(&long);
    // Whoever hears of a lane for the first time is given nothing of it yet.
    let first = place.site.push("guest.echoes", "1");
    place.site.until_state(&first, "completed");
    let mut cuts = 0;
    let mut until_cut = || {
        wait::until("an answer is cut", || (proxy.cuts() > cuts).then_some(()));
        cuts += 1;
    };
    for (number, after_bytes) in CUTS.into_iter().enumerate() {
        // Commits of the long job; with or without a claim.
        proxy.cut_in_answer(EXCHANGED, "", after_bytes);
        until_cut();
        // Jobs that were given, and of which the worker does not hear.
        proxy.cut_in_answer(EXCHANGED, "guest.echoes", after_bytes);
        let line = |n| format!(r#"{{"kind":"guest.echoes","input":{n},"id":"job-{number}-{n}"}}"#);
        let lines: Vec<String> = (0..JOBS).map(line).collect();
        let file = place.site.write("jobs.ndjson", lines.join("\n"));
        place.site.run(["push", "--bulk", file.to_str().expect("UTF-8")]).done();
        until_cut();
        place.site.until_state(&format!("job-{number}-0"), "completed");
    }
    let mut alone = 0;
    for after_bytes in CUTS.into_iter().take(8) {
        // One job, handed over to who waits, and it does not hear of it.
        let cuts = proxy.cuts();
        proxy.cut_in_answer(MESSAGE, "guest.echoes", after_bytes);
        wait::until("a message is cut", || {
            alone += 1;
            let id = format!("alone-{alone}");
            place.site.run(["push", "guest.echoes", "1", "--id", &id]).done();
            place.site.until_state(&id, "completed");
            (proxy.cuts() > cuts).then_some(())
        });
    }
    let job = place.until_counted(&long);
    assert_eq!(job.number("attempt"), 1, "{job:#}");
    wait::until("all are completed", || {
        let completed = place.site.run(["jobs", "list", "--state", "completed", "--limit", "1000", "--json"]);
        (completed.done().stdout.lines().count() == CUTS.len() * JOBS + alone + 2).then_some(())
    });
    for job in place.site.jobs() {
        assert_eq!(job.number("attempt"), 1, "run twice: {job:#}");
    }
    assert!(!worker.stderr().contains("lease lost"), "{}", worker.stderr());
}
