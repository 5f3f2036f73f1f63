//! What guests entered into the ledger outside the store, through their write grant.

use crate::Site;

/// One line that the guest `counts` wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The attempt that wrote it.
    pub attempt: u64,
    /// `began`, `durable` or `ended`.
    pub word: String,
    /// The step it was at.
    pub step: u64,
}

/// The entries of a job, in the order they were made; none if it never began.
///
/// # Panics
/// When a line is not one that the guest writes.
#[track_caller]
pub fn read(site: &Site, id: &str) -> Vec<Entry> {
    let text = std::fs::read_to_string(site.path(&format!("ledger/{id}.ledger"))).unwrap_or_default();
    let entries = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let [attempt, word, step] = words[..] else { panic!("ledger of {id}: `{line}`") };
        let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("ledger of {id}: `{line}`"));
        Entry { attempt: number(attempt), word: word.to_owned(), step: number(step) }
    });
    entries.collect()
}

/// Fails unless every attempt began at least where the attempts before it had been told
/// that their state is durable, and attempts only ever grow.
#[track_caller]
pub fn check_nothing_durable_was_lost(id: &str, entries: &[Entry]) {
    let (mut durable, mut attempt) = (0, 0);
    for entry in entries {
        assert!(
            entry.attempt >= attempt,
            "attempt {} of {id} after attempt {attempt}: {entries:#?}",
            entry.attempt
        );
        if entry.word == "began" {
            assert!(entry.attempt > attempt, "attempt {attempt} of {id} began twice: {entries:#?}");
            assert!(
                entry.step >= durable,
                "attempt {} of {id} began at {}, but step {durable} was durable: {entries:#?}",
                entry.attempt,
                entry.step
            );
        }
        if entry.word == "durable" {
            durable = durable.max(entry.step);
        }
        attempt = entry.attempt;
    }
}
