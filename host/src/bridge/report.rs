//! From what the sandbox saw to the report that people and programs read.

use bytes::Bytes;
use cofferdam_queue::{
    CheckpointAccount, FuelAccount, HostAccount, Kind, MemoryAccount, ModuleHash, Outcome, OutputFormat,
    Report,
};
use cofferdam_sandbox::Shape;

/// What the sandbox does not know about an attempt.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The job; `None` for `run`.
    pub id: Option<String>,
    /// The attempt's number; `None` for `run`.
    pub attempt: Option<u32>,
    pub kind: Kind,
    pub module: ModuleHash,
    pub shape: Shape,
    /// What a command's stdout is.
    pub format: OutputFormat,
    /// It went on from a checkpoint.
    pub resumed: bool,
    /// The ids of its children.
    pub children: Vec<String>,
}

/// The same word in the queue's own list of outcomes.
fn outcome(seen: cofferdam_sandbox::Outcome) -> Outcome {
    use cofferdam_sandbox::Outcome as Seen;
    match seen {
        Seen::Completed => Outcome::Completed,
        Seen::Failed => Outcome::Failed,
        Seen::Panicked => Outcome::Panicked,
        Seen::Trapped => Outcome::Trapped,
        Seen::MemoryLimit => Outcome::MemoryLimit,
        Seen::FuelLimit => Outcome::FuelLimit,
        Seen::TimeLimit => Outcome::TimeLimit,
        Seen::Refused => Outcome::Refused,
        Seen::Interrupted => Outcome::Interrupted,
        Seen::Cancelled => Outcome::Cancelled,
        Seen::HostError => Outcome::HostError,
    }
}

/// Checks what a command that completed was to print. What is no JSON where JSON was
/// declared becomes a failure of the job.
pub fn check_output(seen: &mut cofferdam_sandbox::Report, facts: &Facts) -> bool {
    let declared = facts.shape == Shape::Command && facts.format == OutputFormat::Json;
    if !declared || seen.outcome != cofferdam_sandbox::Outcome::Completed {
        return true;
    }
    let stdout = seen.output.clone().unwrap_or_default();
    let why = if seen.stdout.dropped_bytes > 0 {
        format!("its stdout of {} bytes is over the limit of an output", seen.stdout.total_bytes())
    } else if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&stdout) {
        format!("its stdout is not JSON: {error}")
    } else {
        return true;
    };
    seen.outcome = cofferdam_sandbox::Outcome::Failed;
    seen.exit_code = 1;
    seen.message = why;
    false
}

fn snoozed_ms(seen: &cofferdam_sandbox::Report) -> Option<u64> {
    let failure = seen.failure.filter(|_| seen.outcome == cofferdam_sandbox::Outcome::Failed)?;
    let delay = failure.delay.filter(|_| failure.class == cofferdam_sandbox::FailureClass::Snooze)?;
    Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
}

/// The report, without its output.
pub fn report(seen: &cofferdam_sandbox::Report, facts: Facts) -> Report {
    Report {
        outcome: outcome(seen.outcome),
        exit_code: seen.exit_code,
        snoozed_ms: snoozed_ms(seen),
        id: facts.id,
        attempt: facts.attempt,
        kind: facts.kind,
        module: Some(facts.module),
        message: Some(seen.message.clone()).filter(|message| !message.is_empty()),
        memory: MemoryAccount {
            cap_bytes: seen.memory.cap_bytes,
            peak_bytes: seen.memory.peak_bytes,
            requested_bytes: seen.memory.requested_bytes,
        },
        host: HostAccount { allowance_bytes: seen.host.allowance_bytes, peak_bytes: seen.host.peak_bytes },
        fuel: FuelAccount {
            cap: seen.fuel.cap,
            used: seen.fuel.used,
            model: seen.fuel.model,
            lower_bound: seen.fuel.lower_bound,
        },
        wall_ms: u64::try_from(seen.wall.as_millis()).unwrap_or(u64::MAX),
        checkpoint: CheckpointAccount { count: seen.checkpoint.count, bytes: seen.checkpoint.bytes },
        resumed: facts.resumed,
        output: None,
        output_is_text: facts.shape == Shape::Command && facts.format == OutputFormat::Text,
        children: facts.children,
        stdout: seen.stdout.to_text(),
        stderr: seen.stderr.to_text(),
        backtrace: seen.backtrace.clone(),
    }
}

/// An output as a report shows it: a command's text as text, anything else parsed if it
/// is JSON.
pub fn output_value(output: &Bytes, is_text: bool) -> serde_json::Value {
    let text = || serde_json::Value::String(String::from_utf8_lossy(output).into_owned());
    if is_text {
        return text();
    }
    serde_json::from_slice(output).unwrap_or_else(|_| text())
}
