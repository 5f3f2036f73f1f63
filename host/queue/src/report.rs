//! The report of one attempt: the same JSON on the command line, in `jobs show`, and
//! later over HTTP.

use serde::{Deserialize, Serialize};

use crate::{Kind, ModuleHash, Outcome};

/// What the report of a failed attempt says happened, in one sentence.
pub fn message_of(report: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        message: Option<String>,
    }
    serde_json::from_slice::<Message>(report).ok()?.message
}

/// The version of the fuel model: figures compare only within one.
pub const FUEL_MODEL: u32 = 1;

/// Linear memory and tables, summed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryAccount {
    /// The cap.
    pub cap_bytes: u64,
    /// The most there was at once.
    pub peak_bytes: u64,
    /// The size that was refused, if one was: the whole memory it would have been.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requested_bytes: Option<u64>,
}

/// What the host held for the attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostAccount {
    /// The allowance.
    pub allowance_bytes: u64,
    /// The most there was at once.
    pub peak_bytes: u64,
}

/// Fuel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuelAccount {
    /// The budget.
    pub cap: u64,
    /// What was used; a lower bound when `lower_bound` is set.
    pub used: u64,
    /// [`FUEL_MODEL`].
    pub model: u32,
    /// The guest was stopped in the middle: it used at least `used`.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub lower_bound: bool,
}

/// Checkpoints of the attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointAccount {
    /// How many the job made.
    pub count: u64,
    /// The size of the last one's state.
    pub bytes: u64,
}

/// What is known of an attempt at its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// What `cofferdam run` exits with.
    pub exit_code: i32,
    /// Of a `failed` one that is no failure: the job wished to run again after so many
    /// milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub snoozed_ms: Option<u64>,
    /// The job's id; absent for `run`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// The attempt's number; absent for `run`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attempt: Option<u32>,
    /// The job's kind.
    pub kind: Kind,
    /// The module that ran; absent when none could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub module: Option<ModuleHash>,
    /// What happened, in one sentence; absent when it completed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// Memory.
    pub memory: MemoryAccount,
    /// Host memory.
    pub host: HostAccount,
    /// Fuel.
    pub fuel: FuelAccount,
    /// Wall time, in milliseconds.
    pub wall_ms: u64,
    /// Checkpoints.
    pub checkpoint: CheckpointAccount,
    /// It went on from a checkpoint.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub resumed: bool,
    /// The result, parsed if it is JSON; in a store it is kept beside the report instead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output: Option<serde_json::Value>,
    /// The result is text by declaration (a command's stdout), even where it reads as JSON.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub output_is_text: bool,
    /// The ids of the children it enqueued.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub children: Vec<String>,
    /// What it wrote to stdout, head and tail.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub stdout: String,
    /// What it wrote to stderr, head and tail.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub stderr: String,
    /// The guest's frames, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub backtrace: Vec<String>,
}
