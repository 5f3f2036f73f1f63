//! A run for people: the result on stdout, everything about it on stderr.

use std::path::Path;

use cofferdam_queue::{Manifest, Outcome, Report, show_bytes};

use super::outcome::RunOutcome;
use crate::failure::Failure;
use crate::output::Output;
use crate::quantity;

/// Says how it went. A command that completed has said what it had to say itself.
pub fn tell(outcome: &RunOutcome, output: Output) -> Result<(), Failure> {
    let report = &outcome.report;
    if let Some(result) = &outcome.output {
        output.raw(result)?;
        if !result.ends_with(b"\n") {
            output.raw(b"\n")?;
        }
    }
    for child in &outcome.children {
        let input = child.input.as_ref().map_or("null", |input| input.get());
        output.note(format!("child {} not run: {} {input}", child.id, child.kind));
    }
    for (part, size) in &outcome.parts {
        let chunks = quantity::count(size.chunks);
        output.note(format!("part {part} not kept: {} in {chunks} chunk(s)", quantity::bytes(size.bytes)));
    }
    let is_quiet = report.outcome == Outcome::Completed && report.output_is_text;
    if !is_quiet {
        output.note(line(report));
    }
    for frame in &report.backtrace {
        output.note(format!("    at {frame}"));
    }
    for hint in &outcome.hints {
        output.note(format!("hint: {hint}"));
    }
    Ok(())
}

/// `memory_limit: asked for …` and `(12 ms, 1 MiB of 16 MiB, …)`.
fn line(report: &Report) -> String {
    let mut line = match report.snoozed_ms {
        Some(ms) => format!("snoozed for {}", crate::when::duration(ms)),
        None => report.outcome.to_string(),
    };
    if let Some(message) = &report.message {
        line.push_str(&format!(": {message}"));
    }
    let at_least = if report.fuel.lower_bound { "at least " } else { "" };
    line.push_str(&format!(
        " ({}, memory {} of {}, fuel {at_least}{} of {}",
        crate::when::duration(report.wall_ms),
        quantity::bytes(report.memory.peak_bytes),
        quantity::bytes(report.memory.cap_bytes),
        quantity::fuel(report.fuel.used),
        quantity::fuel(report.fuel.cap),
    ));
    if report.resumed {
        line.push_str(", went on from a checkpoint");
    }
    if report.checkpoint.count > 0 {
        line.push_str(&format!(", {} checkpoint(s)", quantity::count(report.checkpoint.count)));
    }
    line + ")"
}

/// What to do about it.
pub fn hints(report: &Report, manifest: &Manifest, file: Option<&Path>) -> Vec<String> {
    let mut hints = Vec::new();
    match report.outcome {
        Outcome::MemoryLimit if report.memory.requested_bytes.is_none() => {
            hints.push("`--host-allowance` raises what the host may hold for it".to_owned());
        }
        Outcome::MemoryLimit => match manifest.memory_ladder_bytes.get(1) {
            Some(step) => {
                let step = show_bytes(*step);
                hints.push(format!("the next step of its memory ladder is {step}: `--memory {step}`"));
            }
            None => hints.push("`--memory` raises its cap".to_owned()),
        },
        Outcome::FuelLimit => hints.push("`--fuel` gives it more".to_owned()),
        Outcome::TimeLimit => hints.push("`--timeout` gives it more".to_owned()),
        _ => {}
    }
    if let Some(file) = file.filter(|_| report.outcome != Outcome::Completed && report.checkpoint.count > 0) {
        hints.push(format!("the same command goes on from its last checkpoint, in `{}`", file.display()));
    }
    hints
}
