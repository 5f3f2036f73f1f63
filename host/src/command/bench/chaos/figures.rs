//! What came of a run, as figures: what was lost, how soon work went on, and how much was repeated.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::Plan;
use super::account::{Account, Finding, Sort, Told};
use super::guest::Order;
use super::storm::{Blow, Course, Struck};
use super::survey::Survey;
use crate::command::bench::figures::quantile_ms;
use crate::failure::Failure;
use crate::output::Output;
use crate::{quantity, when};

/// So many findings are shown; all are counted.
const SHOWN_MAX: usize = 50;

/// How long it took, of so many.
#[derive(Debug, Serialize)]
pub struct Spread {
    pub count: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// One run.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub seed: u64,
    pub workers: u32,
    pub concurrency: u32,
    pub lease_ms: u64,
    pub jobs: u64,
    pub children: u64,
    /// Attempts that the store kept, of all of them.
    pub attempts: u64,
    pub took_ms: u64,
    pub kills: usize,
    pub pauses: usize,
    pub restarts: u32,
    /// Jobs whose worker was lost three times before they got any further: dead by the rules, and
    /// tried again as an operator would.
    pub retried: usize,
    /// Jobs, children, parts and results that are not there.
    pub lost: usize,
    /// Those that are there twice, or should not be.
    pub twice: usize,
    /// Those that are not what they must be.
    pub wrong: usize,
    /// Workers that ended though nobody killed them.
    pub strays: Vec<String>,
    /// Nothing moved any more, and the run was given up.
    pub stuck: bool,
    pub findings: Vec<Finding>,
    /// From the SIGKILL of a worker until a job that it was running runs again.
    pub recovery: Spread,
    /// The same from its SIGSTOP.
    pub recovery_of_paused: Spread,
    /// Steps that had to be done.
    pub steps: u64,
    /// Steps that were done again.
    pub steps_repeated: u64,
    /// From the checkpoint from which an attempt went on to the last that was done after it.
    pub repeated: Spread,
    /// Entries that a paused worker's guests made after their jobs had gone on elsewhere.
    pub entries_after_takeover: usize,
    /// Where the ledger and the workers' logs were left.
    pub ledger: Option<PathBuf>,
}

impl Figures {
    pub fn of(
        plan: &Plan,
        course: &Course,
        jobs: &[Order],
        survey: &Survey,
        account: Account<'_>,
        took: Duration,
    ) -> Figures {
        let struck = |blow| course.struck.iter().filter(|struck| struck.blow == blow).count();
        let sorted = |sort| account.findings.iter().filter(|finding| finding.sort == sort).count();
        let (mut steps_repeated, mut repeated, mut entries_after_takeover) = (0, Vec::new(), 0);
        for attempts in account.attempts.values() {
            let attempts: Vec<&Told> = attempts.values().collect();
            for (before, next) in attempts.iter().zip(attempts.iter().skip(1)) {
                steps_repeated += before.did.range(next.began + 1..).count() as u64;
                let went_on_from = before.did.get(&next.began).copied().unwrap_or(before.began_at_ms);
                // A worker that hung works on when it comes back, until it hears of it.
                let in_time = before.did.values().filter(|at_ms| **at_ms <= next.began_at_ms);
                let last_did = in_time.max().copied().unwrap_or(before.began_at_ms);
                let hung = hung_ms(course, before.worker, went_on_from, last_did);
                repeated.push(Duration::from_millis(last_did.saturating_sub(went_on_from + hung)));
                entries_after_takeover +=
                    before.did.values().filter(|at_ms| **at_ms > next.began_at_ms).count();
            }
        }
        Figures {
            seed: plan.seed,
            workers: plan.workers,
            concurrency: plan.concurrency,
            lease_ms: plan.lease_ms,
            jobs: plan.jobs,
            children: jobs.len() as u64 - plan.jobs,
            attempts: survey.found.values().map(|found| found.attempts.len() as u64).sum(),
            took_ms: took.as_millis() as u64,
            kills: struck(Blow::Killed),
            pauses: struck(Blow::Paused),
            restarts: course.restarts,
            retried: course.retried,
            lost: sorted(Sort::Lost),
            twice: sorted(Sort::Twice),
            wrong: sorted(Sort::Wrong),
            strays: Vec::new(),
            stuck: course.is_stuck,
            recovery: recovery(course, &account, Blow::Killed),
            recovery_of_paused: recovery(course, &account, Blow::Paused),
            steps: jobs.iter().map(|job| job.steps).sum(),
            steps_repeated,
            repeated: Spread::of(repeated),
            entries_after_takeover,
            findings: account.findings,
            ledger: None,
        }
    }

    pub fn add_strays<'a>(&mut self, strays: impl Iterator<Item = &'a String>) {
        self.strays.extend(strays.cloned());
    }

    /// Nothing was lost, nothing is there twice, nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.findings.is_empty() && self.strays.is_empty() && !self.stuck
    }

    /// Shows them.
    pub fn show(mut self, output: Output) -> Result<(), Failure> {
        let all = self.findings.len();
        self.findings.truncate(SHOWN_MAX);
        if output.is_json() {
            return output.object(&self);
        }
        let line = |label: &str, text: String| output.line(format!("{label:<9} {text}"));
        let count = |number: u64| quantity::count(number);
        let accounted = format!(
            "{} jobs and {} children in {}: {} lost, {} twice, {} wrong",
            count(self.jobs),
            count(self.children),
            when::duration(self.took_ms),
            self.lost,
            self.twice,
            self.wrong
        );
        line("account", accounted)?;
        let storm = format!(
            "{} workers killed, {} paused, {} restarts of the server; {} workers with a lease of {}, seed {}",
            self.kills,
            self.pauses,
            self.restarts,
            self.workers,
            when::duration(self.lease_ms),
            self.seed
        );
        line("storm", storm)?;
        line("recovery", format!("{}, from the kill until the job runs again", self.recovery))?;
        line("", format!("{}, from the pause", self.recovery_of_paused))?;
        let share = 100.0 * self.steps_repeated as f64 / self.steps.max(1) as f64;
        line(
            "repeated",
            format!(
                "{} of {} steps ({share:.1}%); {} of work since the checkpoint",
                count(self.steps_repeated),
                count(self.steps),
                self.repeated
            ),
        )?;
        self.findings
            .iter()
            .for_each(|finding| output.note(format!("error: {} {}", finding.job, finding.what)));
        if all > self.findings.len() {
            output.note(format!("error: and {} more", all - self.findings.len()));
        }
        self.strays.iter().for_each(|stray| output.note(format!("error: nobody killed it: {stray}")));
        if self.stuck {
            output.note("error: nothing moved any more, with jobs left");
        }
        if let Some(ledger) = &self.ledger {
            output.note(format!("the ledger and the logs of the workers are in `{}`", ledger.display()));
        }
        Ok(())
    }
}

/// For how long a worker hung between two moments: nothing was done meanwhile.
fn hung_ms(course: &Course, worker: u32, from_ms: u64, to_ms: u64) -> u64 {
    let pauses = course.struck.iter().filter(|struck| struck.worker == worker && struck.blow == Blow::Paused);
    let within = |struck: &Struck| {
        struck.until_ms.unwrap_or(to_ms).min(to_ms).saturating_sub(struck.at_ms.max(from_ms))
    };
    pauses.map(within).sum()
}

/// For each job that a worker was running when it was struck: until it ran elsewhere.
fn recovery(course: &Course, account: &Account<'_>, blow: Blow) -> Spread {
    let mut took = Vec::new();
    for struck in course.struck.iter().filter(|struck| struck.blow == blow) {
        for attempts in account.attempts.values() {
            let ran = attempts
                .iter()
                .rfind(|(_, told)| told.worker == struck.worker && told.began_at_ms <= struck.at_ms);
            let next = ran.and_then(|(number, _)| attempts.range(number + 1..).next());
            if let Some((_, next)) = next
                && next.began_at_ms >= struck.at_ms
            {
                took.push(Duration::from_millis(next.began_at_ms - struck.at_ms));
            }
        }
    }
    Spread::of(took)
}

impl Spread {
    fn of(mut durations: Vec<Duration>) -> Spread {
        Spread {
            count: durations.len(),
            p50_ms: quantile_ms(&mut durations, 0.5),
            p99_ms: quantile_ms(&mut durations, 0.99),
            max_ms: quantile_ms(&mut durations, 1.0),
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |ms: f64| when::duration(ms as u64);
        write!(
            f,
            "p50 {}, p99 {}, worst {}, of {}",
            ms(self.p50_ms),
            ms(self.p99_ms),
            ms(self.max_ms),
            self.count
        )
    }
}
