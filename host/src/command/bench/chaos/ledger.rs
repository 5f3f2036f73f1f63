//! The ledger outside the store: what the guests entered through their write grants. Each worker
//! has a file of its own, so that it also tells who did it.

use std::path::Path;

use super::place::Place;
use crate::failure::Failure;

/// What a guest said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The attempt begins, with this many steps done by those before it.
    Began,
    /// The step is done.
    Did,
    /// The host said that the state after the step is durable.
    Durable,
    /// All steps are done.
    Ended,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// By this machine's clock, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The worker that ran it.
    pub worker: u32,
    pub id: String,
    pub attempt: u32,
    pub word: Word,
    pub step: u64,
}

/// Everything that was entered, by time; entries of one attempt stay in their order.
pub fn read(place: &Place) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    let unreadable = |error| Failure::new(format!("cannot read the ledger: {error}"));
    for folder in std::fs::read_dir(place.dir()).map_err(unreadable)? {
        let folder = folder.map_err(unreadable)?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if let Some(worker) = name.strip_prefix("worker-").and_then(|number| number.parse().ok()) {
            read_one(&folder.join("granted/ledger"), worker, &mut entries)?;
        }
    }
    entries.sort_by_key(|entry| entry.at_ms);
    Ok(entries)
}

fn read_one(path: &Path, worker: u32, entries: &mut Vec<Entry>) -> Result<(), Failure> {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        // It died before its first attempt began.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::new(format!("cannot read the ledger `{shown}`: {error}"))),
    };
    for line in text.lines() {
        let entry = parse(line, worker)
            .ok_or_else(|| Failure::new(format!("`{shown}` has a line that no guest writes: `{line}`")))?;
        entries.push(entry);
    }
    Ok(())
}

fn parse(line: &str, worker: u32) -> Option<Entry> {
    let words: Vec<&str> = line.split(' ').collect();
    let [at_ms, id, attempt, word, step] = words[..] else { return None };
    let word = match word {
        "began" => Word::Began,
        "did" => Word::Did,
        "durable" => Word::Durable,
        "ended" => Word::Ended,
        _ => return None,
    };
    Some(Entry {
        at_ms: at_ms.parse().ok()?,
        worker,
        id: id.to_owned(),
        attempt: attempt.parse().ok()?,
        word,
        step: step.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_the_guest_writes_it() {
        let entry = parse("1795353098363 chaos-a-1.2 3 durable 8", 7).unwrap();
        assert_eq!((entry.at_ms, entry.worker, entry.id.as_str()), (1_795_353_098_363, 7, "chaos-a-1.2"));
        assert_eq!((entry.attempt, entry.word, entry.step), (3, Word::Durable, 8));
        assert_eq!(parse("1795353098363 chaos-a-1 3 dur", 7), None);
    }
}
