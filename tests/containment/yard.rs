//! A worker under a budget, in which hostile guests run one after another, each beside twenty
//! honest jobs.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use cofferdam_tests::{Look, Site, Worker, guest, wait};
use serde_json::{Value, json};

use crate::Hostile;
use crate::footprint::Footprint;

const SIBLINGS: u64 = 20;
const SIBLING_STEPS: u64 = 100;
const SIBLING_ROUNDS: u64 = 20_000;
/// From the push of an honest job to its end, beside whatever. All twenty take 0.3 s of an idle
/// machine with two cores; this is for one that is busy with other things.
const SIBLING_WITHIN: Duration = Duration::from_secs(5);
/// What caches, the allocator and sixteen parked slots of at most 4 MiB may keep.
const RESIDENT_SLACK_BYTES: u64 = 24 << 20;
/// Threads that wait for blocking work go after ten seconds; each attempt has at most one.
const THREADS_SLACK: u64 = SIBLINGS + 2;

const GROWTH_TRIES: u32 = 3;
const ALLOCATOR_SLACK_BYTES: u64 = 16 << 20;

/// So many inputs of each guest when not everything is to be tested.
const EVERYDAY_INPUTS: usize = 3;

/// The yards are visited one after another: two workers at once would be each other's delay.
static TURN: Mutex<()> = Mutex::new(());

/// A worker, and what it had when only honest jobs had run in it.
pub struct Yard {
    site: Site,
    worker: Worker,
    honest: Footprint,
    jobs: u64,
    _turn: MutexGuard<'static, ()>,
}

impl Yard {
    /// Starts a worker, and warms it up with honest jobs.
    #[track_caller]
    pub fn open() -> Yard {
        // Who failed before has nothing to do with the next.
        let turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let site = Site::new();
        std::fs::create_dir(site.path("bombed")).expect("a folder");
        let bombed = site.path("bombed");
        site.configure(&format!(
            "[grants.bombed]\nwrite = {bombed:?}\nkinds = [\"*\"]\nquota = \"32MiB\"\nfiles = 500\n"
        ));
        site.deploy(&["counts"]);
        let worker = site.work(&["-c", "24", "--memory-budget", "512MiB"]);
        let honest = Footprint::of(worker.id());
        let mut yard = Yard { site, worker, honest, jobs: 0, _turn: turn };
        for _ in 0..3 {
            let ids = yard.push_beside(None);
            yard.siblings_complete("nobody", &ids);
        }
        yard.honest = Footprint::of(yard.worker.id());
        yard
    }

    /// Runs each of them, and says what was wrong with which.
    #[track_caller]
    pub fn contains(mut self, guests: &[Hostile]) {
        for hostile in guests {
            let name = hostile.guest;
            let Some(kind) = self.deploy(hostile) else { continue };
            let all = if cofferdam_tests::all() { hostile.inputs.len() } else { EVERYDAY_INPUTS };
            for input in hostile.inputs.iter().take(all) {
                let who = format!("{name} {input}");
                let begun = Instant::now();
                // Its module is loaded, and whatever is done only once is done.
                self.ends_right(&who, hostile, &self.site.push(&kind, input));
                let before = Footprint::of(self.worker.id());
                self.grows_by_what_was_reserved(&who, hostile, &kind, input);
                let ids = self.push_beside(Some((&kind, input)));
                self.ends_right(&who, hostile, &ids[0]);
                let slowest = self.siblings_complete(&who, &ids[1..]);
                println!("{who}: siblings within {slowest:?}, all of it {:?}", begun.elapsed());
                self.has_what_it_had(&who, before);
            }
        }
    }

    /// The kind that it is deployed as; none when it was turned away, as it must be.
    #[track_caller]
    fn deploy(&mut self, hostile: &Hostile) -> Option<String> {
        let kind = format!("hostile.{}", hostile.guest);
        let module = guest(hostile.guest);
        let module = module.to_str().expect("a path in UTF-8");
        let mut line = vec!["deploy", module, "--kind", &kind, "--retries", "0"];
        line.extend(hostile.flags);
        let turned_away = hostile.outcomes.is_empty();
        let ids = if turned_away { self.push_beside(None) } else { Vec::new() };
        let deployed = self.site.run(line);
        if !turned_away {
            deployed.done();
            return Some(kind);
        }
        assert_ne!(deployed.code, 0, "{}: {deployed}", hostile.guest);
        deployed.says("refused");
        self.siblings_complete(hostile.guest, &ids);
        None
    }

    /// Pushes twenty honest jobs, and this one first, at once; their ids in that order.
    #[track_caller]
    fn push_beside(&mut self, hostile: Option<(&str, &str)>) -> Vec<String> {
        let mut lines: Vec<Value> = Vec::new();
        self.jobs += 1;
        let round = self.jobs;
        if let Some((kind, input)) = hostile {
            let input: Value = serde_json::from_str(input).expect("JSON");
            lines.push(json!({"kind": kind, "id": format!("hostile{round}"), "input": input}));
        }
        lines.extend((0..SIBLINGS).map(|n| {
            let input = json!({"to": SIBLING_STEPS, "rounds": SIBLING_ROUNDS + n});
            json!({"kind": "guest.counts", "id": format!("honest{round}n{n}"), "input": input})
        }));
        let ids = lines.iter().map(|line| line.text("id").to_owned()).collect();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.site.write("jobs.ndjson", text);
        self.site.run(["push", "--bulk", "jobs.ndjson"]).done();
        ids
    }

    /// Waits for its end, which must be one of those that are right, within its cap.
    #[track_caller]
    fn ends_right(&self, who: &str, hostile: &Hostile, id: &str) {
        let job = self.end_of(id);
        let outcome = job.text("outcome");
        assert!(hostile.outcomes.contains(&outcome), "{who}: {outcome}: {job:#}");
        for attempt in job.at("attempts").as_array().expect("its attempts") {
            for account in ["memory.peak_bytes memory.cap_bytes", "host.peak_bytes host.allowance_bytes"] {
                let (used, bound) = account.split_once(' ').expect("two");
                assert!(attempt.number(used) <= attempt.number(bound), "{who}: {used}: {job:#}");
            }
        }
    }

    #[track_caller]
    fn end_of(&self, id: &str) -> Value {
        let waited = self.site.run(["jobs", "wait", id, "--json", "--timeout", "60s"]);
        assert_ne!(waited.stdout, "", "{waited}");
        waited.json()
    }

    /// Alone, it makes the process larger by no more than its cap and its allowance. The allocator takes
    /// huge pages of 2 MiB for each thread that needs one, and keeps them: that shows once, and what an
    /// attempt needs shows each time.
    #[track_caller]
    fn grows_by_what_was_reserved(&self, who: &str, hostile: &Hostile, kind: &str, input: &str) {
        let pid = self.worker.id();
        let mut grown = Vec::new();
        for _ in 0..GROWTH_TRIES {
            Footprint::forget_peak(pid);
            let before = Footprint::of(pid);
            let id = self.site.push(kind, input);
            self.ends_right(who, hostile, &id);
            let growth = Footprint::of(pid).peak_bytes.saturating_sub(before.resident_bytes);
            let job = self.site.job(&id);
            if job.text("outcome") == "refused" {
                return; // Nothing was attempted.
            }
            let attempt = &job.at("attempts")[0];
            let reserved = attempt.number("memory.cap_bytes") + attempt.number("host.allowance_bytes");
            println!("{who}: grew by {growth} of {reserved} bytes");
            assert!(growth <= reserved + ALLOCATOR_SLACK_BYTES, "{who}: grew by {growth} bytes: {job:#}");
            if growth <= reserved {
                return;
            }
            grown.push(growth);
        }
        panic!("{who}: grew by {grown:?} bytes, more than was reserved each time");
    }

    /// Waits for all of them: completed, with the right result, in time. The slowest took so long.
    #[track_caller]
    fn siblings_complete(&self, who: &str, ids: &[String]) -> Duration {
        let mut slowest = Duration::ZERO;
        for (n, id) in ids.iter().enumerate() {
            let job = self.end_of(id);
            assert_eq!(job.text("state"), "completed", "beside {who}: {job:#}");
            let right = digest(SIBLING_STEPS, SIBLING_ROUNDS + n as u64);
            assert_eq!(job.number("output.digest"), right, "beside {who}: {job:#}");
            let took = moment(job.text("finished_at")) - moment(job.text("enqueued_at"));
            let took = Duration::from_millis(took.rem_euclid(DAY_MS) as u64);
            assert!(took <= SIBLING_WITHIN, "an honest job took {took:?} beside {who}: {job:#}");
            slowest = slowest.max(took);
        }
        slowest
    }

    /// The worker is there, and has no more than before.
    #[track_caller]
    fn has_what_it_had(&mut self, who: &str, before: Footprint) {
        assert!(!self.worker.has_ended(), "the worker ended after {who}\n{}", self.worker.stderr());
        let pid = self.worker.id();
        let has_it = |now: &Footprint| {
            now.descriptors <= before.descriptors
                && now.threads <= before.threads.max(self.honest.threads) + THREADS_SLACK
                && now.resident_bytes <= before.resident_bytes + RESIDENT_SLACK_BYTES
        };
        let mut now = before;
        // A connection or a thread may be on its way out.
        let patience = Instant::now();
        while patience.elapsed() < wait::SOON {
            now = Footprint::of(pid);
            if has_it(&now) {
                return;
            }
            std::thread::yield_now();
        }
        panic!("{who}: the worker had {before:?}, and has {now:?}");
    }
}

/// What `counts` must come to.
fn digest(steps: u64, rounds: u64) -> u64 {
    (0..steps).fold(0, |digest, step| {
        (0..=rounds).fold(digest ^ step, |digest: u64, _| {
            digest.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)
        })
    })
}

const DAY_MS: i64 = 86_400_000;

/// Milliseconds of the day in `2026-11-23T08:02:53.600Z`.
#[track_caller]
fn moment(time: &str) -> i64 {
    let clock = time.split_once('T').map(|(_, clock)| clock.trim_end_matches('Z')).expect("a time");
    let parts: Vec<f64> = clock.split(':').map(|part| part.parse().expect("a number")).collect();
    ((parts[0] * 3_600.0 + parts[1] * 60.0 + parts[2]) * 1_000.0).round() as i64
}
