//! The figures of one measurement, and how they are shown.

use std::time::Duration;

use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;
use crate::quantity;

/// What was measured, and under which circumstances.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub jobs: u64,
    /// Attempts that did not complete; the other figures say little unless it is 0.
    pub failed: u64,
    pub push_per_s: f64,
    pub jobs_per_s: f64,
    pub pickup_p50_ms: f64,
    pub pickup_p99_ms: f64,
    pub start_p50_ms: f64,
    pub start_p99_ms: f64,
    pub group_size_mean: f64,
    pub commit_p50_ms: f64,
    pub commit_p99_ms: f64,
    pub cpu_us_per_job: f64,
    pub on: Circumstances,
}

/// What was on.
#[derive(Debug, Serialize)]
pub struct Circumstances {
    pub store: String,
    pub synchronous: &'static str,
    pub retention_completed_ms: u64,
    pub reports: bool,
    pub results: bool,
    pub limits: bool,
    pub fuel: bool,
    /// The pickup was measured with a pusher that shares nothing with the worker but the server.
    pub pushed_apart: bool,
    pub kind: String,
    pub concurrency: u32,
    pub cores: usize,
}

impl Figures {
    /// Shows them.
    pub fn show(&self, output: Output) -> Result<(), Failure> {
        if output.is_json() {
            return output.object(self);
        }
        let line = |label: &str, text: String| output.line(format!("{label:<9} {text}"));
        line("push", format!("{} jobs/s", quantity::count(self.push_per_s as u64)))?;
        line(
            "run",
            format!(
                "{} jobs/s, {:.1} us of CPU each, in groups of {:.0}",
                quantity::count(self.jobs_per_s as u64),
                self.cpu_us_per_job,
                self.group_size_mean,
            ),
        )?;
        line("commit", format!("p50 {:.2} ms, p99 {:.2} ms", self.commit_p50_ms, self.commit_p99_ms))?;
        line(
            "pickup",
            format!(
                "p50 {:.2} ms, p99 {:.2} ms; from the push on p50 {:.2} ms, p99 {:.2} ms; by an idle worker {}",
                self.pickup_p50_ms,
                self.pickup_p99_ms,
                self.start_p50_ms,
                self.start_p99_ms,
                if self.on.pushed_apart { "across the server" } else { "in the pusher's process" },
            ),
        )?;
        let on = &self.on;
        line(
            "with",
            format!(
                "{}, synchronous={}, results, reports, retention, limits and fuel on; {} attempts at once on {} cores",
                on.store, on.synchronous, on.concurrency, on.cores
            ),
        )?;
        if self.failed > 0 {
            output.note(format!("error: {} of {} attempts did not complete", self.failed, self.jobs));
        }
        Ok(())
    }
}

/// The value that `share` of them do not exceed, in milliseconds; 0 of none.
pub fn quantile_ms(durations: &mut [Duration], share: f64) -> f64 {
    durations.sort_unstable();
    let place = ((durations.len() as f64 * share).ceil() as usize).clamp(1, durations.len().max(1)) - 1;
    durations.get(place).map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
}

/// The value in the middle; 0 of none.
pub fn median(of: &mut [f64]) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_was_seen() {
        let mut all: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(quantile_ms(&mut all, 0.5), 100.0);
        assert_eq!(quantile_ms(&mut all, 0.99), 198.0);
        assert_eq!(quantile_ms(&mut all[..1], 0.99), 1.0);
        assert_eq!(quantile_ms(&mut [], 0.5), 0.0);
    }
}
