//! A worker that hangs for longer than its lease, as a stopped virtual machine does: another one
//! takes its jobs over; when it comes back, it writes nothing of them and goes on with new work.

use std::time::{Duration, Instant};

use cofferdam_tests::{Look, OnRedis, RedisServer, ledger, wait};
use rustix::process::Signal;

/// The lease, and one second.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(3);

#[test]
fn a_paused_worker_is_replaced_in_time_and_writes_nothing_when_it_comes_back() {
    let place = OnRedis::on(RedisServer::start());
    let mut paused = place.site.work(&["--lease", "2s"]);
    let id = place.counts_long();
    place.until_it_goes_on(&id);
    let mut other = place.site.work(&["--lease", "2s"]);
    place.until_it_goes_on(&id);
    let begun = Instant::now();
    paused.signal(Signal::STOP);
    wait::until("the other one runs it", || {
        let asked = begun.elapsed();
        let is_taken = ledger::read(&place.site, &id).iter().any(|entry| entry.attempt == 2);
        assert!(is_taken || asked < TAKEN_OVER_WITHIN, "not taken over after {asked:?}");
        is_taken.then_some(())
    });
    paused.signal(Signal::CONT);
    place.until_logged(&paused, "lease lost");
    let job = place.until_counted(&id);
    let attempts = job.at("attempts").as_array().expect("attempts");
    let outcomes: Vec<&str> = attempts.iter().map(|attempt| attempt.text("outcome")).collect();
    assert_eq!(outcomes, ["worker_lost", "completed"], "{job:#}");
    let entries = ledger::read(&place.site, &id);
    let taken = entries.iter().position(|entry| entry.attempt == 2).expect("a second attempt");
    assert!(
        entries[taken..].iter().all(|entry| entry.attempt == 2),
        "the old guest is stopped: {entries:#?}"
    );
    // And it is of use again: with the other one gone, new work is its own.
    other.signal(Signal::TERM);
    other.end();
    let next = place.site.push("guest.echoes", "7");
    assert_eq!(place.site.until_state(&next, "completed").text("output"), "7");
    assert!(!paused.has_ended());
}
