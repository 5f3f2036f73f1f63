//! Counts to a number with a checkpoint after each step, computing in between, and
//! tells a ledger outside the store what it was told is durable.
//!
//! The workhorse of the crash and end to end tests: whatever happens to its attempts,
//! its result, its part `steps` and its ledger must agree.

use std::fs::{File, OpenOptions};
use std::io::Write;

use cofferdam_sdk::prelude::*;

#[derive(Deserialize)]
struct Input {
    to: u64,
    /// Rounds of computing for each step.
    #[serde(default)]
    rounds: u64,
    /// Make every so many-th checkpoint durable at once, and enter it into the ledger.
    #[serde(default)]
    durable_every: Option<u64>,
    /// Append one byte for every step to the part `steps`.
    #[serde(default)]
    append: bool,
}

#[derive(Default, Deserialize, Serialize)]
struct State {
    step: u64,
    digest: u64,
}

#[derive(Serialize)]
struct Counted {
    steps: u64,
    digest: u64,
}

#[job(kind = "guest.counts", memory = "4MiB", timeout = "10m", retries = 25, grants(write = "ledger"))]
fn counts(job: &mut Job, input: Input) -> Result<Counted> {
    let mut state: State = job.resume_or_default()?;
    let mut ledger = Ledger::open(job)?;
    ledger.enter("began", state.step)?;
    while state.step < input.to {
        state.digest = stirred(state.digest ^ state.step, input.rounds);
        if input.append {
            job.append("steps", [b'a' + (state.step % 26) as u8])?;
        }
        state.step += 1;
        job.progress(state.step, input.to);
        if input.durable_every.is_some_and(|every| state.step.is_multiple_of(every)) {
            job.checkpoint_now(&state)?;
            ledger.enter("durable", state.step)?;
        } else {
            job.checkpoint(&state)?;
        }
    }
    ledger.enter("ended", state.step)?;
    Ok(Counted { steps: state.step, digest: state.digest })
}

fn stirred(mut digest: u64, rounds: u64) -> u64 {
    for _ in 0..=rounds {
        digest = std::hint::black_box(digest.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
    digest
}

/// One file for each job: lines of attempt, word and step.
struct Ledger {
    file: File,
    attempt: u64,
}

impl Ledger {
    fn open(job: &Job) -> Result<Ledger> {
        let path = job.grant("ledger").join(format!("{}.ledger", job.id()));
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Ledger { file, attempt: job.attempt() })
    }

    fn enter(&mut self, word: &str, step: u64) -> Result<()> {
        // One write for a line, so that a kill leaves whole lines or none.
        let line = format!("{} {word} {step}\n", self.attempt);
        Ok(self.file.write_all(line.as_bytes())?)
    }
}
