//! A site whose store is a private Redis server.

use std::time::Duration;

use cofferdam_servers::RedisServer;
use serde_json::Value;

use crate::{Look, Site, Worker, ledger, wait};

/// Steps of the job that [`counts_long`](OnRedis::counts_long) pushes.
const STEPS: u64 = 6_000;

/// Waits that nothing but a broken promise makes long.
const LONG: Duration = Duration::from_secs(120);

/// The server, and the place.
#[derive(Debug)]
pub struct OnRedis {
    /// Where the binary runs. Its configuration names the server.
    pub site: Site,
    /// The server.
    pub server: RedisServer,
}

impl Default for OnRedis {
    fn default() -> OnRedis {
        OnRedis::new()
    }
}

impl OnRedis {
    /// A server that syncs every write to its disk, and the guests `counts` and `echoes`.
    ///
    /// # Panics
    /// When it does not start.
    #[track_caller]
    pub fn new() -> OnRedis {
        OnRedis::on(RedisServer::with(|settings| settings.append_only("always")))
    }

    /// The same guests on this server.
    #[track_caller]
    pub fn on(server: RedisServer) -> OnRedis {
        let site = Site::new();
        site.configure(&format!("[store]\nurl = {:?}", server.url()));
        site.deploy(&["counts", "echoes"]);
        OnRedis { site, server }
    }

    /// A job that checkpoints for seconds: every step is a byte of its part `steps`, and each
    /// fiftieth is durable before it goes on.
    #[track_caller]
    pub fn counts_long(&self) -> String {
        let input = format!(r#"{{"to":{STEPS},"rounds":30000,"durable_every":50,"append":true}}"#);
        self.site.push("guest.counts", &input)
    }

    /// How many steps of the job are durable, as its guest was told.
    pub fn durable(&self, id: &str) -> u64 {
        let entries = ledger::read(&self.site, id);
        entries.iter().filter(|entry| entry.word == "durable").map(|entry| entry.step).max().unwrap_or(0)
    }

    /// Waits until more steps of the job are durable than now.
    #[track_caller]
    pub fn until_it_goes_on(&self, id: &str) {
        let before = self.durable(id);
        wait::until("more steps are durable", || (self.durable(id) > before).then_some(()));
    }

    /// Waits for the end of a [`counts_long`](OnRedis::counts_long), and fails unless it completed,
    /// nothing durable was lost, and every step is there once.
    #[track_caller]
    pub fn until_counted(&self, id: &str) -> Value {
        let what = format!("job {id} is completed");
        let job = wait::within(LONG, &what, || {
            let job = self.site.job(id);
            (job.text("state") == "completed").then_some(job)
        });
        assert_eq!(job.number("output.steps"), STEPS);
        let entries = ledger::read(&self.site, id);
        ledger::check_nothing_durable_was_lost(id, &entries);
        let ends = entries.iter().filter(|entry| entry.word == "ended").count();
        assert_eq!(ends, 1, "one attempt came to the end: {entries:#?}");
        let steps = self.site.run(["jobs", "output", id, "--part", "steps"]).done().stdout;
        let expected: String = (0..STEPS).map(|step| char::from(b'a' + (step % 26) as u8)).collect();
        assert_eq!(steps.trim_end(), expected, "every step is there once, in order");
        job
    }

    /// Waits until the worker has written this line's text to its log so many times.
    #[track_caller]
    pub fn until_logged(&self, worker: &Worker, text: &str) {
        wait::until(&format!("the worker logs `{text}`"), || worker.stderr().contains(text).then_some(()));
    }

    /// How many answers of this error the server has given, such as `OOM`.
    #[track_caller]
    pub fn refused(&self, error: &str) -> u64 {
        let count = self.server.field(&format!("errorstat_{error}"));
        count.strip_prefix("count=").and_then(|count| count.parse().ok()).unwrap_or(0)
    }
}

/// How many lines of this log have this text.
pub fn lines_with(log: &str, text: &str) -> usize {
    log.lines().filter(|line| line.contains(text)).count()
}
