//! What a part of a soak came to, and what changes from part to part.

use std::fs;

use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;
use crate::quantity;

/// This process, as the system sees it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Process {
    pub resident_bytes: u64,
    pub descriptors: u64,
    pub threads: u64,
}

impl Process {
    pub fn now() -> Process {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0)
        };
        Process {
            resident_bytes: number("RssAnon:") << 10,
            descriptors: fs::read_dir("/proc/self/fd").map_or(0, |open| open.count() as u64),
            threads: number("Threads:"),
        }
    }
}

/// Some jobs, and how the process stood after them.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    pub jobs: u64,
    pub hostile: u64,
    pub wrong: u64,
    pub took_ms: u64,
    pub jobs_per_s: f64,
    pub honest_p50_ms: f64,
    pub honest_p99_ms: f64,
    #[serde(flatten)]
    pub process: Process,
}

impl Part {
    pub fn show(&self, number: usize, output: Output) -> Result<(), Failure> {
        output.line(format!(
            "part {:>3}  {:>7} jobs/s  honest p50 {:>6.2} ms, p99 {:>7.2} ms  resident {:>9}, {} descriptors, {} threads",
            number + 1,
            quantity::count(self.jobs_per_s as u64),
            self.honest_p50_ms,
            self.honest_p99_ms,
            quantity::bytes(self.process.resident_bytes),
            self.process.descriptors,
            self.process.threads,
        ))
    }
}

/// How much more of each for every 100,000 jobs: the slope of the line that fits best.
#[derive(Clone, Debug, Serialize)]
pub struct Drift {
    pub resident_bytes: f64,
    pub descriptors: f64,
    pub threads: f64,
    pub honest_p50_ms: f64,
    /// Over all parts but the first, which warms up.
    #[serde(skip)]
    over_jobs: f64,
}

/// More than this from the second part to the last is growth, not noise: what allocators and
/// caches vary by.
const RESIDENT_NOISE_BYTES: f64 = 8e6;
const COUNT_NOISE: f64 = 3.0;

impl Drift {
    /// `None` of fewer than four parts.
    pub fn of(parts: &[Part]) -> Option<Drift> {
        let warm = parts.get(1..).filter(|warm| warm.len() >= 3)?;
        let of = |value: fn(&Part) -> f64| {
            let mut jobs = 0.0;
            let points: Vec<(f64, f64)> = warm
                .iter()
                .map(|part| {
                    jobs += part.jobs as f64 / 1e5;
                    (jobs, value(part))
                })
                .collect();
            slope(&points)
        };
        Some(Drift {
            resident_bytes: of(|part| part.process.resident_bytes as f64),
            descriptors: of(|part| part.process.descriptors as f64),
            threads: of(|part| part.process.threads as f64),
            honest_p50_ms: of(|part| part.honest_p50_ms),
            over_jobs: warm[1..].iter().map(|part| part.jobs as f64 / 1e5).sum(),
        })
    }

    /// Whether the process gets larger.
    pub fn is_growth(&self) -> bool {
        self.resident_bytes * self.over_jobs > RESIDENT_NOISE_BYTES
            || self.descriptors * self.over_jobs > COUNT_NOISE
            || self.threads * self.over_jobs > COUNT_NOISE
    }

    pub fn show(&self, grows: bool, output: Output) -> Result<(), Failure> {
        output.line(format!(
            "drift for every 100,000 jobs: {:+.1} KiB resident, {:+.2} descriptors, {:+.2} threads, {:+.3} ms of an honest job{}",
            self.resident_bytes / 1024.0,
            self.descriptors,
            self.threads,
            self.honest_p50_ms,
            if grows { ": the worker GROWS" } else { ": no growth" }
        ))
    }
}

fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (mean_x, mean_y) = (
        points.iter().map(|(x, _)| x).sum::<f64>() / count,
        points.iter().map(|(_, y)| y).sum::<f64>() / count,
    );
    let above: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let below: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if below == 0.0 { 0.0 } else { above / below }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(resident_bytes: impl Fn(u64) -> u64) -> Vec<Part> {
        let part = |n| Part {
            jobs: 100_000,
            hostile: 0,
            wrong: 0,
            took_ms: 1,
            jobs_per_s: 1.0,
            honest_p50_ms: 1.0,
            honest_p99_ms: 1.0,
            process: Process { resident_bytes: resident_bytes(n), descriptors: 20, threads: 9 },
        };
        (0..10).map(part).collect()
    }

    #[test]
    fn a_process_that_takes_more_with_every_part_grows_and_one_that_wavers_does_not() {
        let leak = Drift::of(&parts(|n| (50 << 20) + n * (2 << 20))).unwrap();
        assert!(leak.is_growth() && (leak.resident_bytes - (2 << 20) as f64).abs() < 1.0, "{leak:?}");
        let wavering = Drift::of(&parts(|n| (50 << 20) + n % 3 * (3 << 20))).unwrap();
        assert!(!wavering.is_growth(), "{wavering:?}");
        let warm_up = Drift::of(&parts(|n| if n == 0 { 1 << 20 } else { 50 << 20 })).unwrap();
        assert!(!warm_up.is_growth() && warm_up.resident_bytes == 0.0, "{warm_up:?}");
        assert!(Drift::of(&parts(|_| 0)[..3]).is_none());
    }
}
