//! What a job did, as the test host keeps it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A child job that was enqueued.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct ChildJob {
    /// Derived from its number among the job's children, as the host derives it.
    #[serde(skip)]
    pub id: String,
    pub kind: String,
    pub input: Value,
    #[serde(default)]
    pub queue: Option<String>,
    #[serde(default)]
    pub delay_ms: u64,
}

/// A report of progress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// `None`: not known.
    pub total: Option<u64>,
    pub message: String,
}

/// A log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub level: log::Level,
    pub text: String,
}

/// A state and everything that belongs to it: durable together or not at all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub state: Option<Vec<u8>>,
    pub parts: BTreeMap<String, Vec<u8>>,
    pub children: Vec<ChildJob>,
    pub progress: Option<Progress>,
}
