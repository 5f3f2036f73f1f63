//! What an attempt ended as: from what the engine says, what the guest said
//! about itself, and what the accounts refused, to one outcome and its message.

use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::Refusal;
use crate::account::{OverAllowance, OverCap};
use crate::attempt::Leave;
use crate::backtrace::{self, Trace};
use crate::control::Stop;
use crate::engine::FUEL_MODEL;
use crate::guest::Guest;
use crate::inspect::Shape;
use crate::limits::STACK_BYTES;
use crate::memory::BadPointer;
use crate::program::Program;
use crate::report::{Failure, FailureClass, FuelUse, HostUse, MemoryUse, Outcome, Report};

/// How the guest was left.
pub(crate) enum Ending {
    /// The entry returned.
    Returned(i32),
    /// A trap, or an error raised by a host function or an account.
    Error(wasmtime::Error),
    /// Dropped because somebody outside wanted it.
    Stopped(Stop),
    /// Dropped because its time was over.
    Deadline,
    /// Our fault.
    Host(String),
    /// Never started.
    Refused(Refusal),
}

struct Classified {
    outcome: Outcome,
    exit_code: Option<i32>,
    message: String,
    requested_bytes: Option<u64>,
    /// The guest ended between two places where its fuel is known.
    fuel_lower_bound: bool,
}

impl Classified {
    fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            exit_code: None,
            message: message.into(),
            requested_bytes: None,
            fuel_lower_bound: false,
        }
    }

    fn add(&mut self, more: &str) {
        let between = if self.message.is_empty() { "" } else { "; " };
        self.message += &format!("{between}{more}");
    }

    fn in_mid_run(mut self) -> Self {
        self.fuel_lower_bound = true;
        self
    }
}

pub(crate) async fn report(ending: Ending, guest: Box<Guest>, program: &Program, fuel_left: u64) -> Report {
    let shape = program.inner.inspection.shape;
    let mut classified = classify(&ending, &guest, shape);
    let wall = guest.began.elapsed();
    let trace = match (&ending, classified.outcome) {
        (
            Ending::Error(error),
            Outcome::Panicked | Outcome::Trapped | Outcome::MemoryLimit | Outcome::FuelLimit,
        ) => {
            let frames = error.downcast_ref::<WasmBacktrace>();
            backtrace::trace(frames, program.inner.symbols.clone(), &guest.clock).await
        }
        _ => Trace::default(),
    };
    // A panic has said where it was, and knows it better: from where it was called.
    if let Some(own) = trace.own
        && classified.outcome != Outcome::Panicked
    {
        classified.add(&format!("in {own}"));
    }
    if classified.outcome != Outcome::Completed
        && let Some(full) = guest.descriptors.full_grant()
    {
        classified.add(&full);
    }
    // The engine's own memory goes before the report is handed on.
    drop(ending);
    assemble(classified, guest, shape, fuel_left, wall, trace.lines)
}

fn assemble(
    classified: Classified,
    guest: Box<Guest>,
    shape: Shape,
    fuel_left: u64,
    wall: std::time::Duration,
    backtrace: Vec<String>,
) -> Report {
    let outcome = classified.outcome;
    let (limits, shared) = (&guest.limits, &guest.shared);
    let fuel_used = match outcome {
        Outcome::Refused => 0,
        Outcome::FuelLimit => limits.fuel,
        _ if guest.metered => limits.fuel.saturating_sub(fuel_left),
        _ => 0,
    };
    let mut ledger = shared.ledger();
    let last = ledger.end(outcome == Outcome::Completed);
    let (logs, _) = ledger.take_logs();
    let checkpoint = ledger.checkpoints();
    drop(ledger);
    let stdout = guest.stdout.finish();
    let output = match (shape, outcome) {
        (Shape::Command, _) => Some(stdout.joined()),
        (Shape::Job, Outcome::Completed) => guest.output,
        (Shape::Job, _) => None,
    };
    Report {
        outcome,
        exit_code: classified.exit_code.unwrap_or(outcome.exit_code()),
        message: classified.message,
        memory: MemoryUse {
            cap_bytes: limits.memory_cap_bytes,
            peak_bytes: guest.memory.peak_bytes(),
            requested_bytes: classified.requested_bytes,
        },
        host: HostUse {
            allowance_bytes: shared.host.allowance_bytes(),
            peak_bytes: shared.host.peak_bytes(),
        },
        fuel: FuelUse {
            cap: limits.fuel,
            used: fuel_used,
            model: FUEL_MODEL,
            lower_bound: classified.fuel_lower_bound,
        },
        wall,
        checkpoint,
        output,
        stdout,
        stderr: guest.stderr.finish(),
        backtrace,
        failure: match (shape, outcome, guest.failure) {
            (Shape::Job, Outcome::Failed, Some((failure, _))) => Some(failure),
            (Shape::Job, Outcome::Failed, None) => Some(Failure::default()),
            _ => None,
        },
        last,
        logs,
    }
}

fn classify(ending: &Ending, guest: &Guest, shape: Shape) -> Classified {
    match ending {
        Ending::Returned(code) => returned(*code, guest, shape),
        Ending::Error(error) => raised(error, guest),
        Ending::Stopped(stop) => stopped(*stop, "in mid-run").in_mid_run(),
        Ending::Deadline => {
            let timeout = guest.limits.timeout.unwrap_or_default();
            Classified::new(Outcome::TimeLimit, format!("ran out of its time of {timeout:?}")).in_mid_run()
        }
        Ending::Host(message) => Classified::new(Outcome::HostError, message.clone()).in_mid_run(),
        Ending::Refused(refusal) => {
            let mut refused = Classified::new(Outcome::Refused, format!("the module {refusal}"));
            if let Refusal::MinimumOverCap { minimum_bytes, .. } = refusal {
                refused.requested_bytes = Some(*minimum_bytes);
            }
            refused
        }
    }
}

fn returned(code: i32, guest: &Guest, shape: Shape) -> Classified {
    match (&guest.failure, code) {
        // Whoever snoozes did not fail, and need not say why.
        (Some((failure, message)), _) if message.is_empty() && failure.class != FailureClass::Snooze => {
            Classified::new(Outcome::Failed, "the job failed and did not say why")
        }
        (Some((_, message)), _) => Classified::new(Outcome::Failed, message.clone()),
        (None, 0) => Classified::new(Outcome::Completed, ""),
        (None, 1) => Classified::new(Outcome::Failed, "the job returned 1 and did not say why"),
        (None, _) if shape == Shape::Command => exited(code, guest),
        (None, code) => Classified::new(
            Outcome::Failed,
            format!("the job returned {code}; 0 means completed and 1 failed"),
        ),
    }
}

fn exited(code: i32, guest: &Guest) -> Classified {
    if code == 0 {
        return Classified::new(Outcome::Completed, "");
    }
    // A command that was refused memory has no other way of saying so.
    if let Some(over) = guest.memory.refused() {
        return over_cap(&over, &format!(", and exited with code {code}"));
    }
    let mut exited = Classified::new(Outcome::Failed, format!("exited with code {code}"));
    exited.exit_code = Some(as_process(code));
    exited
}

/// Of a process only eight bits are seen. A failure must stay one: 256 is not cut to 0.
fn as_process(code: i32) -> i32 {
    match code & 0xff {
        0 => Outcome::Failed.exit_code(),
        seen => seen,
    }
}

fn stopped(stop: Stop, place: &str) -> Classified {
    match stop {
        Stop::Interrupt => Classified::new(Outcome::Interrupted, format!("interrupted {place}")),
        Stop::Cancel => Classified::new(Outcome::Cancelled, format!("cancelled {place}")),
    }
}

fn over_cap(over: &OverCap, then: &str) -> Classified {
    let mut classified = Classified::new(Outcome::MemoryLimit, format!("{over}{then}"));
    classified.requested_bytes = Some(over.requested_bytes);
    classified
}

fn raised(error: &wasmtime::Error, guest: &Guest) -> Classified {
    if let Some(leave) = error.downcast_ref::<Leave>() {
        return match leave {
            Leave::Exit(code) => exited(*code, guest),
            Leave::Stopped(stop) => stopped(*stop, "at its checkpoint"),
        };
    }
    if let Some(over) = error.downcast_ref::<OverCap>() {
        return over_cap(over, "").in_mid_run();
    }
    if let Some(over) = error.downcast_ref::<OverAllowance>() {
        return Classified::new(Outcome::MemoryLimit, over.to_string());
    }
    if let Some(bad) = error.downcast_ref::<BadPointer>() {
        return Classified::new(Outcome::Trapped, bad.to_string());
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return trapped(*trap, guest);
    }
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return Classified::new(Outcome::HostError, "all slots of the engine are taken");
    }
    Classified::new(Outcome::HostError, format!("{error:#}")).in_mid_run()
}

fn trapped(trap: Trap, guest: &Guest) -> Classified {
    if trap == Trap::OutOfFuel {
        let fuel = guest.limits.fuel;
        return Classified::new(Outcome::FuelLimit, format!("spent its fuel of {fuel} units"));
    }
    let refused = guest.memory.refused();
    if let Some(oom) = guest.oom {
        let mut asked =
            format!("an allocation of {} bytes (aligned to {}) failed", oom.size_bytes, oom.align_bytes);
        // It lived on after the refusal, and then did not: what it says itself is the cause.
        if let Some(panic) = &guest.panic {
            asked = format!("{asked}; it {panic}");
        }
        return match refused {
            Some(over) => over_cap(&over, &format!(", and {asked}")),
            None => {
                let mut classified = Classified::new(Outcome::MemoryLimit, asked);
                classified.requested_bytes = Some(oom.size_bytes);
                classified
            }
        }
        .in_mid_run();
    }
    if let Some(over) = refused {
        let ended = match &guest.panic {
            Some(panic) => format!(", and panicked: {panic}"),
            None => format!(", and trapped: {}", said(trap)),
        };
        return over_cap(&over, &ended).in_mid_run();
    }
    match &guest.panic {
        Some(panic) => Classified::new(Outcome::Panicked, panic.clone()),
        None => Classified::new(Outcome::Trapped, said(trap)),
    }
    .in_mid_run()
}

fn said(trap: Trap) -> String {
    match trap {
        Trap::StackOverflow => {
            format!("the wasm stack of {STACK_BYTES} bytes is used up (endless recursion?)")
        }
        Trap::UnreachableCodeReached => {
            "the guest gave up: it reached an `unreachable` instruction (an abort, or a panic that was not reported)".to_owned()
        }
        Trap::MemoryOutOfBounds => {
            "out of bounds memory access (a bad pointer, or the guest's own stack overflowed)".to_owned()
        }
        other => other.to_string(),
    }
}
