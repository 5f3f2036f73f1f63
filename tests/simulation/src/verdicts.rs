//! What the checkers found. A run is right when they found nothing.

use std::sync::{Arc, Mutex, PoisonError};

/// The broken promises of one run, as sentences.
#[derive(Clone, Debug, Default)]
pub struct Violations(Arc<Mutex<Vec<String>>>);

impl Violations {
    /// Something is wrong.
    pub fn say(&self, what: String) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The first few tell the story; a broken run can produce thousands.
        if all.len() < 20 {
            all.push(what);
        }
    }

    /// Everything that is wrong.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
