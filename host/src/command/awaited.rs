//! Waiting for a job's end, with its progress shown: `push --wait` and `jobs wait`.
//!
//! A job that failed and will be tried again has not ended. Stopping to wait changes
//! nothing about the job.

use std::time::{Duration, Instant};

use cofferdam_queue::{AttemptView, JobId, JobView, Policy, Progress, State, Store, StoreError};
use indicatif::{ProgressBar, ProgressStyle};

use crate::command::jobs::why::Surroundings;
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::output::{Output, escaped};
use crate::{quantity, when};

/// A store that cannot be read for this long has gone.
const STORE_PATIENCE: Duration = Duration::from_secs(30);
/// A job that nobody has started for this long is told of, with the reason.
const WHY_AFTER: Duration = Duration::from_secs(1);
/// Between two lines of a log that nobody watches.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// What was waited for.
pub struct Awaited {
    /// The job, in a final state.
    pub view: JobView,
    /// Its ended attempts, first to last.
    pub attempts: Vec<AttemptView>,
}

impl Awaited {
    /// What `run` would have exited with for its last attempt.
    pub fn exit_code(&self) -> ExitCode {
        let last = self.attempts.last();
        let reported = last.and_then(|attempt| {
            let report: serde_json::Value = serde_json::from_slice(&attempt.report).ok()?;
            i32::try_from(report.get("exit_code")?.as_i64()?).ok()
        });
        match (self.view.summary.state, reported, last) {
            (State::Cancelled, ..) => ExitCode::of(cofferdam_queue::Outcome::Cancelled),
            (_, Some(code), _) => ExitCode::of_report(code),
            (_, None, Some(attempt)) => ExitCode::of(attempt.outcome),
            (State::Completed, None, None) => ExitCode::DONE,
            (_, None, None) => ExitCode::FAILED,
        }
    }
}

/// Waits out a store that cannot be read for a while, as in a fail-over.
pub struct Patience {
    readable: Instant,
}

impl Patience {
    /// It can be read now.
    pub fn new() -> Patience {
        Patience { readable: Instant::now() }
    }

    /// What was read; `None`: nothing now, look again.
    ///
    /// # Errors
    /// The store cannot be read for good, or not for 30 s.
    pub fn read<T>(&mut self, looked: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match looked {
            Ok(seen) => {
                self.readable = Instant::now();
                Ok(Some(seen))
            }
            Err(error) if error.is_temporary() && self.readable.elapsed() < STORE_PATIENCE => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Waits; `None` when `timeout_ms` is over before the job is.
pub async fn end_of(
    store: &dyn Store,
    id: &JobId,
    timeout_ms: Option<u64>,
    policy: Policy,
    output: Output,
) -> Result<Option<Awaited>, Failure> {
    let begun = Instant::now();
    let mut teller = Teller::new(output);
    let mut patience = Patience::new();
    let mut asked_why = false;
    loop {
        match patience.read(store.job(id.clone()).await).map_err(|error| lost(error, id))? {
            Some(Some(view)) if view.summary.state.is_final() => {
                teller.clear();
                let attempts = store.attempts(id.clone()).await?;
                return Ok(Some(Awaited { view, attempts }));
            }
            Some(Some(view)) => {
                teller.tell(&view);
                // Whoever waits for a job that nobody will run should not find out by waiting.
                if view.summary.state == State::Available && !asked_why && begun.elapsed() >= WHY_AFTER {
                    asked_why = true;
                    let why = Surroundings::look(store, policy).await.ok().and_then(|seen| seen.why(&view));
                    why.into_iter().for_each(|why| teller.say(&format!("{id} is not run: {why}")));
                }
            }
            Some(None) => {
                teller.clear();
                return Err(unknown(id));
            }
            None => {}
        }
        let waited = begun.elapsed();
        let left = timeout_ms.map(|timeout| Duration::from_millis(timeout).saturating_sub(waited));
        if left == Some(Duration::ZERO) {
            teller.clear();
            return Ok(None);
        }
        // A job's end is noticed within a sixteenth of its time; a long one costs the store a read
        // a second.
        let pause = (waited / 16).clamp(Duration::from_millis(4), Duration::from_secs(1));
        tokio::time::sleep(left.map_or(pause, |left| left.min(pause))).await;
    }
}

/// There is no such job.
pub fn unknown(id: &JobId) -> Failure {
    Failure::new(format!("no job `{id}` in this store"))
        .hint("`cofferdam jobs list` shows the newest; finished ones are removed after their retention")
}

fn lost(error: StoreError, id: &JobId) -> Failure {
    Failure::from(error).hint(format!("the job is not lost: `cofferdam jobs wait {id}` waits on"))
}

/// A bar on a terminal, else a line when something changed, at most one a second.
struct Teller {
    bar: Option<ProgressBar>,
    output: Output,
    told: Option<(State, u32, Option<Progress>)>,
    told_at: Option<Instant>,
}

impl Teller {
    fn new(output: Output) -> Teller {
        let bar = output.is_watched().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Teller { bar, output, told: None, told_at: None }
    }

    fn tell(&mut self, view: &JobView) {
        let seen = (view.summary.state, view.summary.attempt, view.progress.clone());
        if self.told.as_ref() == Some(&seen) {
            return;
        }
        let Some(bar) = &self.bar else {
            let moved = self.told.as_ref().is_none_or(|told| (told.0, told.1) != (seen.0, seen.1));
            if moved || self.told_at.is_none_or(|at| at.elapsed() >= LINE_EVERY) {
                self.output.note(format!("{}: {}", view.summary.id, standing(view)));
                self.told_at = Some(Instant::now());
                self.told = Some(seen);
            }
            return;
        };
        if let Some(progress) = view.progress.as_ref().filter(|progress| progress.total > 0) {
            if bar.length() != Some(progress.total) {
                bar.set_length(progress.total);
                bar.set_style(style("{spinner} {wide_msg} [{bar:30}] {percent}% {eta}"));
            }
            bar.set_position(progress.done.min(progress.total));
        }
        bar.set_message(escaped(&standing(view)).into_owned());
        self.told = Some(seen);
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.output.note(line)),
            None => self.output.note(line),
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // A template that does not parse is replaced by the plain one: a test holds that it does.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Where a job stands, in half a sentence.
fn standing(view: &JobView) -> String {
    let summary = &view.summary;
    let mut text = match summary.state {
        State::Running => format!("running, attempt {}", summary.attempt),
        State::Scheduled | State::Retryable => {
            format!("{}, due {}", summary.state, when::relative(summary.at, when::now()))
        }
        state => state.to_string(),
    };
    if let (State::Retryable, Some(outcome)) = (summary.state, summary.outcome) {
        text.push_str(&format!(" after {outcome}"));
    }
    if let Some(progress) = &view.progress {
        text.push_str(&format!(", {}", progressed(progress)));
    }
    text
}

/// `1,200 of 27,004 (4%): reading`.
pub fn progressed(progress: &Progress) -> String {
    let Progress { done, total, message } = progress;
    let mut text = quantity::count(*done);
    if *total > 0 {
        let percent = u128::from(*done) * 100 / u128::from(*total);
        text.push_str(&format!(" of {} ({percent}%)", quantity::count(*total)));
    }
    if !message.is_empty() {
        text.push_str(&format!(": {message}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_the_bar_is_one() {
        assert!(ProgressStyle::with_template("{spinner} {wide_msg} [{bar:30}] {percent}% {eta}").is_ok());
    }

    #[test]
    fn progress_is_told_with_what_is_known_of_it() {
        let known = Progress { done: 1_200, total: 27_004, message: "reading".to_owned() };
        assert_eq!(progressed(&known), "1,200 of 27,004 (4%): reading");
        assert_eq!(progressed(&Progress { done: 7, ..Progress::default() }), "7");
    }
}
