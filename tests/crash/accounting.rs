//! What was pushed, and what must be true of it when everything has come to its end.

use cofferdam_tests::{Look, Site, ledger, wait};

/// Every job that was pushed, with what its result must be.
pub struct Account {
    jobs: Vec<(String, u64)>,
}

impl Account {
    /// Pushes so many jobs of the guest `counts`, of different lengths and in one transaction;
    /// `name` keeps their ids apart from others.
    #[track_caller]
    pub fn push(site: &Site, name: &str, count: u64, steps: u64) -> Account {
        let jobs: Vec<(String, u64)> =
            (0..count).map(|number| (format!("{name}-{number}"), steps + 7 * number)).collect();
        let lines = jobs.iter().map(|(id, to)| {
            format!(
                r#"{{"kind":"guest.counts","id":"{id}","input":{{"to":{to},"rounds":5000,"durable_every":20,"append":true}}}}"#
            )
        });
        let file = site.write(&format!("{name}.ndjson"), lines.collect::<Vec<_>>().join("\n"));
        site.run(["push", "--bulk", file.to_str().expect("UTF-8")]).done();
        Account { jobs }
    }

    /// Whether one of them has told the ledger that it began, and none has ended.
    pub fn is_running(&self, site: &Site) -> bool {
        self.jobs.iter().any(|(id, _)| {
            let entries = ledger::read(site, id);
            entries.iter().any(|entry| entry.word == "began")
                && entries.iter().all(|entry| entry.word != "ended")
        })
    }

    /// Whether all of them are completed.
    pub fn is_done(&self, site: &Site) -> bool {
        let completed =
            site.run(["jobs", "list", "--state", "completed", "--limit", "100000", "--json"]).done();
        completed.stdout.lines().count() >= self.jobs.len()
    }

    /// Waits for all of them, and holds store and ledger against each other.
    #[track_caller]
    pub fn close(&self, site: &Site) {
        wait::until("every job ends", || {
            let listed = site.jobs();
            let open =
                listed.iter().filter(|job| !["completed", "dead"].contains(&job.text("state"))).count();
            (open == 0).then_some(())
        });
        let mut listed: Vec<String> = site.jobs().iter().map(|job| job.text("id").to_owned()).collect();
        listed.sort();
        let mut pushed: Vec<String> = self.jobs.iter().map(|(id, _)| id.clone()).collect();
        pushed.sort();
        assert_eq!(listed, pushed, "what is in the store is what was pushed: nothing lost, nothing twice");
        for (id, steps) in &self.jobs {
            self.check(site, id, *steps);
        }
    }

    #[track_caller]
    fn check(&self, site: &Site, id: &str, steps: u64) {
        let job = site.job(id);
        assert_eq!(job.text("state"), "completed", "{job:#}");
        assert_eq!(job.number("output.steps"), steps, "{job:#}");
        let attempts = job.at("attempts").as_array().expect("attempts");
        let completions = attempts.iter().filter(|attempt| attempt.text("outcome") == "completed").count();
        assert_eq!(completions, 1, "{job:#}");
        let part = site.run(["jobs", "output", id, "--part", "steps"]).done().stdout;
        let expected: String = (0..steps).map(|step| char::from(b'a' + (step % 26) as u8)).collect();
        assert_eq!(part.trim_end(), expected, "every appended step of {id} is there once, in order");
        let entries = ledger::read(site, id);
        ledger::check_nothing_durable_was_lost(id, &entries);
        assert!(
            entries.iter().any(|entry| entry.word == "ended" && entry.step == steps),
            "{id}: {entries:#?}"
        );
    }
}
