//! What came of a run: its report, and what the job asked for that `run` does not do.

use std::collections::BTreeMap;

use bytes::Bytes;
use cofferdam_queue::{
    CheckpointAccount, FUEL_MODEL, FuelAccount, HostAccount, Kind, Manifest, MemoryAccount, ModuleHash,
    Outcome, Report,
};
use serde::Serialize;

use crate::bridge::ListedChild;
use crate::exit::ExitCode;

/// What came of a run.
pub struct RunOutcome {
    pub report: Report,
    /// The result as the guest gave it; `None`: it gave none, or did not complete.
    pub output: Option<Bytes>,
    /// What it would have enqueued.
    pub children: Vec<ListedChild>,
    /// What it appended, by part.
    pub parts: BTreeMap<String, PartSize>,
    /// What to do about it.
    pub hints: Vec<String>,
}

/// The work data of one part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartSize {
    pub chunks: u64,
    pub bytes: u64,
}

impl RunOutcome {
    /// Nothing ran: what happened, in one sentence.
    pub fn without_guest(
        outcome: Outcome,
        kind: Kind,
        module: Option<ModuleHash>,
        manifest: Option<&Manifest>,
        message: String,
    ) -> RunOutcome {
        let report = Report {
            outcome,
            exit_code: i32::from(ExitCode::of(outcome).0),
            snoozed_ms: None,
            id: None,
            attempt: None,
            kind,
            module,
            message: Some(message),
            memory: MemoryAccount {
                cap_bytes: manifest.map_or(0, |manifest| manifest.memory_bytes(0)),
                ..MemoryAccount::default()
            },
            host: HostAccount {
                allowance_bytes: manifest.map_or(0, |manifest| manifest.host_allowance_bytes),
                ..HostAccount::default()
            },
            fuel: FuelAccount {
                cap: manifest.map_or(0, |manifest| manifest.fuel),
                model: FUEL_MODEL,
                ..FuelAccount::default()
            },
            wall_ms: 0,
            checkpoint: CheckpointAccount::default(),
            resumed: false,
            output: None,
            output_is_text: false,
            children: Vec::new(),
            stdout: String::new(),
            stderr: String::new(),
            backtrace: Vec::new(),
        };
        RunOutcome { report, output: None, children: Vec::new(), parts: BTreeMap::new(), hints: Vec::new() }
    }

    /// A signal ended it.
    pub fn ended_by(mut self, signal: ExitCode) -> RunOutcome {
        self.report.exit_code = i32::from(signal.0);
        self
    }

    /// What the process exits with.
    pub fn exit(&self) -> ExitCode {
        ExitCode::of_report(self.report.exit_code)
    }
}
