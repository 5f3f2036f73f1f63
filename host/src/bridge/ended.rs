//! From the end of a guest to what the worker makes a verdict of.

use bytes::Bytes;
use cofferdam_queue::{
    Claimed, FUEL_MODEL, FailureClass, FuelAccount, HostAccount, MemoryAccount, Outcome, Report,
};
use cofferdam_sandbox::Failure;
use cofferdam_worker::{Ended, Pending};

use super::report::{Facts, check_output, report};
use crate::exit::ExitCode;

/// Why an attempt ended that the sandbox did not see: the guest asked for something that it
/// could not know to be wrong.
pub struct Fault(pub String);

/// The end of an attempt.
pub fn ended(
    mut seen: cofferdam_sandbox::Report,
    facts: Facts,
    fault: Option<Fault>,
    last: Option<Pending>,
) -> Ended {
    let mut class = seen.failure.map(class).unwrap_or_default();
    if !check_output(&mut seen, &facts) {
        class = FailureClass::Kill;
    }
    if let Some(Fault(why)) = fault {
        seen.outcome = cofferdam_sandbox::Outcome::Failed;
        seen.exit_code = 1;
        seen.message = why;
        seen.failure = None;
        class = FailureClass::Kill;
    }
    let report = report(&seen, facts);
    Ended {
        outcome: report.outcome,
        class,
        message: seen.message,
        output: seen.output.filter(|_| report.outcome == Outcome::Completed),
        last,
        fuel_used: seen.fuel.used,
        wall_ms: report.wall_ms,
        report: as_json(&report),
    }
}

fn class(failure: Failure) -> FailureClass {
    let delay_ms = failure.delay.map_or(0, |delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
    match failure.class {
        cofferdam_sandbox::FailureClass::Retry => FailureClass::Retry,
        cofferdam_sandbox::FailureClass::RetryIn => FailureClass::RetryIn(delay_ms),
        cofferdam_sandbox::FailureClass::Discard => FailureClass::Discard,
        cofferdam_sandbox::FailureClass::Kill => FailureClass::Kill,
        cofferdam_sandbox::FailureClass::Snooze => FailureClass::Snooze(delay_ms),
    }
}

/// For an attempt that never had a guest.
pub fn report_without_guest(claimed: &Claimed, ended: &Ended) -> Bytes {
    as_json(&Report {
        outcome: ended.outcome,
        exit_code: i32::from(ExitCode::of(ended.outcome).0),
        snoozed_ms: None,
        id: Some(claimed.id.to_string()),
        attempt: Some(claimed.token.attempt),
        kind: claimed.kind.clone(),
        module: Some(claimed.module),
        message: Some(ended.message.clone()).filter(|message| !message.is_empty()),
        memory: MemoryAccount::default(),
        host: HostAccount::default(),
        fuel: FuelAccount { model: FUEL_MODEL, ..FuelAccount::default() },
        wall_ms: ended.wall_ms,
        checkpoint: Default::default(),
        resumed: claimed.checkpoint.is_some(),
        output: None,
        output_is_text: false,
        children: Vec::new(),
        stdout: String::new(),
        stderr: String::new(),
        backtrace: Vec::new(),
    })
}

/// Most reports are no longer than this: one allocation.
const REPORT_BYTES: usize = 768;

fn as_json(report: &Report) -> Bytes {
    let mut json = Vec::with_capacity(REPORT_BYTES);
    match serde_json::to_writer(&mut json, report) {
        Ok(()) => json.into(),
        // Strings and numbers always serialize.
        Err(_) => Bytes::new(),
    }
}
