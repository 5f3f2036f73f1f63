//! A job for people: where it stands and why, and how each attempt ended.

use cofferdam_queue::{AttemptView, JobView, PartView, Report, Timestamp};

use crate::command::awaited::progressed;
use crate::failure::Failure;
use crate::output::Output;
use crate::{quantity, when};

/// The most of an input or an output that is shown.
const SHOWN_CHARS: usize = 240;

/// Where the job stands.
pub fn job(
    output: Output,
    view: &JobView,
    why: Option<&str>,
    parts: &[PartView],
    now: Timestamp,
) -> Result<(), Failure> {
    let summary = &view.summary;
    let said = |label: &str, text: String| output.line(format!("{label:<11} {text}"));
    let time = |at: Option<Timestamp>| at.map(|at| when::shown(at, now));
    said("job", summary.id.to_string())?;
    said("kind", format!("{}, on queue {}", summary.kind, summary.queue))?;
    let cancelling =
        if view.cancel_requested && !summary.state.is_final() { ", to be cancelled" } else { "" };
    said("state", format!("{}{cancelling}", summary.state))?;
    if let Some(reason) = summary.reason.as_ref().filter(|_| summary.state.is_final()) {
        said("reason", reason.clone())?;
    }
    if let Some(why) = why {
        said("not run", why.to_owned())?;
    }
    said("pushed", when::shown(summary.enqueued_at, now))?;
    for (label, at) in [("started", view.started_at), ("finished", view.finished_at)] {
        if let Some(time) = time(at) {
            said(label, time)?;
        }
    }
    if let Some(worker) = &view.worker {
        said("worker", worker.to_string())?;
    }
    if let Some(parent) = &view.parent {
        said("parent", parent.to_string())?;
    }
    if let Some(progress) = &view.progress {
        said("progress", progressed(progress))?;
    }
    if view.checkpoint_count > 0 {
        let size = quantity::bytes(view.checkpoint_bytes.unwrap_or_default());
        let at = time(view.checkpoint_at).map(|at| format!(", durable since {at}")).unwrap_or_default();
        let made = quantity::count(view.checkpoint_count);
        said("checkpoints", format!("{made} made; the newest kept has {size}{at}"))?;
    }
    if let Some(through) = been_through(view) {
        said("went through", through)?;
    }
    if view.fuel_spent > 0 || view.wall_spent_ms > 0 {
        said(
            "spent",
            format!("{} fuel, {}", quantity::fuel(view.fuel_spent), when::duration(view.wall_spent_ms)),
        )?;
    }
    said("input", cut(&view.input))?;
    if let Some(result) = &view.output {
        said("output", cut(result))?;
    }
    for part in parts {
        let size = quantity::bytes(part.bytes);
        said("part", format!("{}: {} in {} chunk(s)", part.part, size, quantity::count(part.chunks)))?;
    }
    Ok(())
}

/// How one attempt ended.
pub fn attempt(output: Output, view: &AttemptView, now: Timestamp) -> Result<(), Failure> {
    let head = format!("attempt {}: {}", view.attempt, view.outcome);
    let ended = when::shown(view.ended_at, now);
    let Ok(report) = serde_json::from_slice::<Report>(&view.report) else {
        return output.line(format!("{head}, noticed {ended}; its worker left no report"));
    };
    let head = match report.snoozed_ms {
        Some(ms) => format!("attempt {}: snoozed for {}", view.attempt, when::duration(ms)),
        None => head,
    };
    output.line(format!("{head} after {}, {ended}", when::duration(report.wall_ms)))?;
    if let Some(message) = &report.message {
        output.line(format!("  {message}"))?;
    }
    let at_least = if report.fuel.lower_bound { "at least " } else { "" };
    output.line(format!(
        "  memory {} of {}, fuel {at_least}{} of {}, host {} of {}",
        quantity::bytes(report.memory.peak_bytes),
        quantity::bytes(report.memory.cap_bytes),
        quantity::fuel(report.fuel.used),
        quantity::fuel(report.fuel.cap),
        quantity::bytes(report.host.peak_bytes),
        quantity::bytes(report.host.allowance_bytes),
    ))?;
    let resumed = if report.resumed { "went on from a checkpoint" } else { "began at the start" };
    let module = report.module.map(|module| format!(", of {module}")).unwrap_or_default();
    output.line(format!(
        "  {resumed}, made {} checkpoint(s){module}",
        quantity::count(report.checkpoint.count)
    ))?;
    if !report.children.is_empty() {
        output.line(format!("  enqueued {}", report.children.join(", ")))?;
    }
    for frame in &report.backtrace {
        output.line(format!("    at {frame}"))?;
    }
    for (stream, text) in [("stdout", &report.stdout), ("stderr", &report.stderr)] {
        for line in text.lines() {
            output.line(format!("  {stream} | {line}"))?;
        }
    }
    Ok(())
}

/// Failures and the like; `None` when there were none.
fn been_through(view: &JobView) -> Option<String> {
    let counters = &view.counters;
    let said: Vec<String> = [
        (counters.failures, "failure(s)"),
        (counters.memory_traps, "memory trap(s)"),
        (counters.crashes, "lost worker(s)"),
        (counters.interruptions, "interruption(s)"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, of)| format!("{count} {of}"))
    .collect();
    let stuck =
        if counters.not_resumable() { "; not resumable: it gets no further between them" } else { "" };
    (!said.is_empty()).then(|| format!("{}{stuck}", said.join(", ")))
}

fn cut(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(SHOWN_CHARS) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}... ({})", &text[..end], quantity::bytes(bytes.len() as u64)),
    }
}
