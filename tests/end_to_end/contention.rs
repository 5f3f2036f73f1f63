//! Many processes on one SQLite file take turns, and nobody hears of a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cofferdam_tests::{Site, all, wait};

const PUSHERS: u64 = 8;

#[test]
fn eight_pushers_and_two_workers_never_hear_of_a_lock() {
    let how_long = Duration::from_secs(if all() { 60 } else { 4 });
    let site = Site::new();
    site.deploy(&["echoes"]);
    let workers = [site.work(&["-c", "4"]), site.work(&["-c", "4"])];
    let pushed = AtomicU64::new(0);
    let begun = Instant::now();
    let mut took: Vec<Duration> = std::thread::scope(|scope| {
        let pushers: Vec<_> = (0..PUSHERS)
            .map(|pusher| {
                let (site, pushed) = (&site, &pushed);
                scope.spawn(move || {
                    let mut took = Vec::new();
                    while begun.elapsed() < how_long {
                        let id = format!("{pusher}-{}", took.len());
                        let ended = site.run(["push", "guest.echoes", "1", "--id", &id]).done();
                        assert_eq!(ended.stderr, "", "nothing to remark");
                        took.push(ended.took);
                        pushed.fetch_add(1, Ordering::Relaxed);
                    }
                    took
                })
            })
            .collect();
        pushers.into_iter().flat_map(|pusher| pusher.join().expect("no pusher panics")).collect()
    });
    let pushed = pushed.load(Ordering::Relaxed) as usize;
    wait::until("all are completed", || {
        let listed =
            site.run(["jobs", "list", "--state", "completed", "--limit", "1000000", "--json"]).done();
        (listed.stdout.lines().count() == pushed).then_some(())
    });
    for worker in &workers {
        let log = worker.stderr();
        assert!(!log.contains("locked") && !log.contains("busy"), "{log}");
    }
    took.sort();
    let p99 = took[took.len() * 99 / 100];
    println!("{pushed} pushes, p99 {p99:?} with the start of a process in each");
    // 250 ms is promised for a push; here the start of its process counts too, and ten
    // processes share the cores with whatever else is tested.
    assert!(p99 < Duration::from_secs(2), "p99 {p99:?} of {pushed} pushes");
}
