//! One run of `bench --chaos`, and what must be true of any.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cofferdam_tests::{Look, Process, Site, all};
use serde_json::Value;

/// The lease of the workers, in milliseconds: the shortest there is.
pub const LEASE_MS: u64 = 2_000;

/// How long a run may take; far longer than it takes.
const WITHIN: Duration = Duration::from_secs(300);

/// One at a time: two would take each other's processor away, and with it the time for recovery.
static ALONE: Mutex<()> = Mutex::new(());

/// A run that was started.
pub struct Storm<'a> {
    _alone: MutexGuard<'static, ()>,
    site: &'a Site,
    store: String,
    process: Process,
}

impl<'a> Storm<'a> {
    /// Starts it on this store, with these flags more.
    #[track_caller]
    pub fn start(site: &'a Site, store: &str, flags: &[&str]) -> Storm<'a> {
        let seed = std::env::var("COFFERDAM_TEST_SEED").unwrap_or_else(|_| "20261122".to_owned());
        println!("seed {seed}: set COFFERDAM_TEST_SEED to draw the same jobs, victims and moments again");
        // What another storm has found is no reason not to look at this one.
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = if all() { "1000" } else { "200" };
        let lease = format!("{LEASE_MS}ms");
        let fixed = ["bench", "--chaos", "--json", "--jobs", jobs, "--lease", &lease, "--seed", &seed];
        let mut command = site.command(fixed.iter().chain(flags));
        command.env("COFFERDAM_STORE", store);
        Storm { _alone: alone, site, store: store.to_owned(), process: Process::start(&mut command) }
    }

    /// How many workers it has killed so far.
    pub fn kills(&self) -> usize {
        self.process.stderr().matches("killed worker ").count()
    }

    /// Waits for its end, and fails unless it found nothing; returns its figures.
    #[track_caller]
    pub fn weathered(mut self) -> Value {
        let ended = self.process.end_within(WITHIN).done();
        println!("{}", ended.stdout);
        let figures = ended.json();
        for nothing in ["lost", "twice", "wrong"] {
            assert_eq!(figures.number(nothing), 0, "{ended}");
        }
        // What it says is worth something: it did kill, and it did hang one.
        assert!(figures.number("kills") >= 5, "{ended}");
        assert!(figures.number("pauses") >= 1, "{ended}");
        assert!(figures.number("recovery.count") >= 5, "{ended}");
        assert!(figures.number("recovery_of_paused.count") >= 1, "{ended}");
        assert!(figures.number("steps_repeated") > 0, "{ended}");
        // Not the worst: heirs are killed, too.
        let recovery_ms = figures.at("recovery.p50_ms").as_f64().expect("a number");
        assert!(recovery_ms <= (LEASE_MS + 1_000) as f64, "{ended}");
        figures
    }

    /// [`weathered`](Storm::weathered), and the store asked as a user would ask it: every job is
    /// there once and completed.
    #[track_caller]
    pub fn accounted_for(self) -> Value {
        let (site, store) = (self.site, self.store.clone());
        let figures = self.weathered();
        let listed = site.run(["jobs", "list", "--limit", "100000", "--json", "--store", &store]).done();
        let jobs = listed.json_lines();
        let ids: BTreeSet<&str> = jobs.iter().map(|job| job.text("id")).collect();
        let ordered = figures.number("jobs") + figures.number("children");
        assert_eq!((jobs.len() as u64, ids.len() as u64), (ordered, ordered));
        let open: Vec<&Value> = jobs.iter().filter(|job| job.text("state") != "completed").collect();
        assert!(open.is_empty(), "{open:#?}");
        figures
    }
}
