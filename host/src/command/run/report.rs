//! The report of a run: put together, and given as one JSON object with every key that
//! there is.

use std::path::Path;

use cofferdam_queue::{
    CheckpointAccount, FuelAccount, HostAccount, Kind, MemoryAccount, ModuleHash, Outcome, Report,
};
use cofferdam_sandbox::Shape;
use serde::Serialize;
use serde_json::Value;

use super::kept::Kept;
use super::outcome::{PartSize, RunOutcome};
use super::plan::Plan;
use super::told;
use crate::bridge::{Facts, ListedChild, check_output, output_value, report};
use crate::exit::ExitCode;
use crate::failure::Failure;
use crate::output::{Output, json_line};

/// What is known of a run beside what the sandbox saw.
#[derive(Default)]
pub struct Known {
    /// The last signal that wanted its end.
    pub signal: Option<ExitCode>,
    /// Nobody reads our stdout any more.
    pub is_reader_gone: bool,
    /// What it asked for that is wrong.
    pub fault: Option<String>,
}

/// Puts it together.
pub fn of(mut seen: cofferdam_sandbox::Report, plan: Plan, kept: Kept, known: Known) -> RunOutcome {
    let facts = Facts {
        id: None,
        attempt: None,
        kind: plan.manifest.kind.clone(),
        module: plan.module.hash,
        shape: plan.module.inspection.shape,
        format: plan.manifest.output,
        resumed: plan.resume.is_some(),
        children: kept.children.iter().map(|child| child.id.clone()).collect(),
    };
    check_output(&mut seen, &facts);
    let is_command = facts.shape == Shape::Command;
    let mut report = report(&seen, facts);
    if let Some(why) = known.fault {
        report.outcome = Outcome::Failed;
        report.exit_code = i32::from(ExitCode::FAILED.0);
        report.snoozed_ms = None;
        report.message = Some(why);
    } else if report.outcome == Outcome::Interrupted {
        report.exit_code = i32::from(known.signal.unwrap_or(ExitCode::TERMINATED).0);
    } else if report.outcome == Outcome::Cancelled && known.is_reader_gone {
        report.message = Some("nobody reads its stdout any more".to_owned());
    }
    let output = seen.output.filter(|_| report.outcome == Outcome::Completed);
    report.output = output.as_ref().map(|output| output_value(output, report.output_is_text));
    let hints = told::hints(&report, &plan.manifest, plan.checkpoint.as_ref().map(|file| file.path()));
    RunOutcome {
        report,
        output: output.filter(|_| !is_command),
        children: kept.children,
        parts: kept.parts,
        hints,
    }
}

/// What is said of a run that a signal ended before its guest began.
pub const NOT_BEGUN: &str = "interrupted before it began";

/// For a plan whose guest never began.
pub fn without_guest(plan: &Plan, outcome: Outcome, message: String) -> RunOutcome {
    let manifest = &plan.manifest;
    RunOutcome::without_guest(outcome, manifest.kind.clone(), Some(plan.module.hash), Some(manifest), message)
}

/// A report with every key, also those that say nothing: nobody has to ask twice.
#[derive(Serialize)]
struct Whole<'a> {
    outcome: Outcome,
    exit_code: i32,
    snoozed_ms: Option<u64>,
    kind: &'a Kind,
    module: &'a Option<ModuleHash>,
    message: &'a Option<String>,
    memory: &'a MemoryAccount,
    host: &'a HostAccount,
    fuel: &'a FuelAccount,
    wall_ms: u64,
    checkpoint: &'a CheckpointAccount,
    resumed: bool,
    output: &'a Option<Value>,
    /// The ids that they would have had.
    children: &'a [String],
    /// What they would have been.
    enqueued: &'a [ListedChild],
    parts: &'a std::collections::BTreeMap<String, PartSize>,
    stdout: &'a str,
    stderr: &'a str,
    backtrace: &'a [String],
    hints: &'a [String],
}

fn whole(outcome: &RunOutcome) -> Whole<'_> {
    let report: &Report = &outcome.report;
    Whole {
        outcome: report.outcome,
        exit_code: report.exit_code,
        snoozed_ms: report.snoozed_ms,
        kind: &report.kind,
        module: &report.module,
        message: &report.message,
        memory: &report.memory,
        host: &report.host,
        fuel: &report.fuel,
        wall_ms: report.wall_ms,
        checkpoint: &report.checkpoint,
        resumed: report.resumed,
        output: &report.output,
        children: &report.children,
        enqueued: &outcome.children,
        parts: &outcome.parts,
        stdout: &report.stdout,
        stderr: &report.stderr,
        backtrace: &report.backtrace,
        hints: &outcome.hints,
    }
}

/// Gives it to whoever asked: `--json` on stdout, `--report` in a file.
pub fn give(outcome: &RunOutcome, file: Option<&Path>, output: Output) -> Result<(), Failure> {
    if let Some(path) = file {
        std::fs::write(path, json_line(&whole(outcome))?).map_err(|error| {
            Failure::new(format!("cannot write the report `{}`: {error}", path.display()))
        })?;
    }
    if output.is_json() { output.object(&whole(outcome)) } else { Ok(()) }
}
