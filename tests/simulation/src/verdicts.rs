//! What the checkers found. A run is right when they found nothing.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Who looks at a run, each at another side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checker {
    /// Sees every claim and commit pass, and what the store answers.
    Ledger,
    /// Reads the whole store at the end.
    Judge,
    /// Measures what runs at once.
    Gauge,
    /// Knows until when a process may work by what it has heard.
    Tenure,
    /// Looks at what a guest is started with.
    Start,
    /// Sees tasks that panic.
    Process,
}

impl fmt::Display for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Checker::Ledger => "ledger",
            Checker::Judge => "judge",
            Checker::Gauge => "gauge",
            Checker::Tenure => "tenure",
            Checker::Start => "start",
            Checker::Process => "process",
        })
    }
}

/// One broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Who saw it.
    pub by: Checker,
    /// What, as a sentence.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.by, self.what)
    }
}

/// The broken promises of one run.
#[derive(Clone, Debug, Default)]
pub struct Violations(Arc<Mutex<Vec<Violation>>>);

impl Violations {
    /// Something is wrong.
    pub fn say(&self, by: Checker, what: String) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The first few tell the story; a broken run can produce thousands.
        if all.len() < 20 {
            all.push(Violation { by, what });
        }
    }

    /// Nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Everything that is wrong, the first first.
    pub fn found(&self) -> Vec<Violation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same as sentences.
    pub fn all(&self) -> Vec<String> {
        self.found().iter().map(Violation::to_string).collect()
    }
}
