//! The closing table: every attempt of every job, and the siblings in one line.

use super::Act;
use super::operator::Job;

const HEAD: [&str; 6] = ["JOB", "OUTCOME", "PEAK / CAP", "FUEL", "WALL", "ATTEMPT"];

/// Prints it.
pub fn show(act: &Act) {
    let mut rows: Vec<[String; 6]> = vec![HEAD.map(str::to_owned)];
    for job in &act.jobs {
        let attempts = job.attempts();
        rows.extend(attempts.iter().map(|attempt| row(job, attempt, attempts.len())));
    }
    rows.extend(siblings(&act.siblings));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("{}", cells.join("  ").trim_end());
    }
}

fn row(job: &Job, attempt: &Job, attempts: usize) -> [String; 6] {
    [
        job.id().to_owned(),
        attempt.text("outcome").to_owned(),
        memory(attempt.number("memory.peak_bytes"), attempt.number("memory.cap_bytes")),
        fuel(attempt.number("fuel.used"), attempt.number("fuel.cap")),
        milliseconds(attempt.number("wall_ms")),
        format!("{} of {attempts}", attempt.number("attempt")),
    ]
}

fn siblings(siblings: &[Job]) -> Option<[String; 6]> {
    let first = siblings.first()?;
    let most = |path: &str| siblings.iter().map(|job| job.number(path)).max().unwrap_or_default();
    let completed = siblings.iter().filter(|job| job.text("state") == "completed").count();
    let attempts: usize = siblings.iter().map(|job| job.attempts().len()).sum();
    Some([
        format!("{} × {}", siblings.len(), first.kind()),
        format!("{completed} completed"),
        memory(most("memory.peak_bytes"), most("memory.cap_bytes")),
        fuel(most("fuel.used"), most("fuel.cap")),
        format!("p99 {}", milliseconds(most("wall_spent_ms"))),
        format!("{attempts} in all"),
    ])
}

/// Nothing was written down by an attempt whose worker was killed.
fn memory(peak_bytes: u64, cap_bytes: u64) -> String {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    match cap_bytes {
        0 => "–".to_owned(),
        _ => format!("{:.1} / {:.0} MiB", mib(peak_bytes), mib(cap_bytes)),
    }
}

fn fuel(used: u64, cap: u64) -> String {
    match cap {
        0 => "–".to_owned(),
        _ => format!("{:.1} M of {:.0} M", used as f64 / 1e6, cap as f64 / 1e6),
    }
}

fn milliseconds(ms: u64) -> String {
    if ms == 0 { "–".to_owned() } else { format!("{ms} ms") }
}
