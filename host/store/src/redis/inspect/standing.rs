//! The records of where a job stands, as the scripts write them.

use bytes::Bytes;
use cofferdam_queue::{Counters, Outcome, State, Timestamp, Token, WorkerId};

use super::super::claim::read_token;
use super::super::error::not_understood;
use super::super::reply::{Read, Words, parse, text, unpack};

pub(in super::super) fn state_of(digit: char) -> Read<State> {
    let state = digit.to_digit(10).and_then(|digit| State::from_number(digit as u8));
    state.ok_or_else(|| not_understood(&format!("state `{digit}`")))
}

pub(in super::super) fn outcome_of(word: &str) -> Read<Outcome> {
    let known = Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == word);
    known.ok_or_else(|| not_understood(&format!("outcome `{word}`")))
}

/// A job that is neither running nor ended, and not as it was pushed.
#[derive(Clone, Debug)]
pub(in super::super) struct Standing {
    pub(in super::super) state: State,
    pub(in super::super) at: Timestamp,
    pub(in super::super) attempt: u32,
    pub(in super::super) step: u8,
    pub(in super::super) counters: Counters,
    pub(in super::super) fuel_spent: u64,
    pub(in super::super) wall_spent_ms: u64,
}

impl Default for Standing {
    /// That of a job just pushed.
    fn default() -> Standing {
        Standing {
            state: State::Available,
            at: Timestamp(0),
            attempt: 0,
            step: 0,
            counters: Counters::default(),
            fuel_spent: 0,
            wall_spent_ms: 0,
        }
    }
}

impl Standing {
    /// `None` for an empty record.
    pub(in super::super) fn read(record: &[u8]) -> Read<Option<Standing>> {
        if record.is_empty() {
            return Ok(None);
        }
        let mut words = Words(record);
        let state = words.word()?.chars().next().unwrap_or('-');
        words.word()?;
        Ok(Some(Standing {
            state: state_of(state)?,
            at: Timestamp(words.parse()?),
            attempt: words.parse()?,
            step: words.parse()?,
            counters: counters(&mut words)?.unwrap_or_default(),
            fuel_spent: words.parse()?,
            wall_spent_ms: words.parse()?,
        }))
    }
}

/// `None` when they are not told.
fn counters(words: &mut Words<'_>) -> Read<Option<Counters>> {
    let mut six = [None; 6];
    for one in &mut six {
        *one = words.maybe()?;
    }
    let [
        Some(failures),
        Some(interruptions),
        Some(crashes),
        Some(memory_traps),
        Some(idle_interruptions),
        Some(idle_crashes),
    ] = six
    else {
        return Ok(None);
    };
    Ok(Some(Counters { failures, interruptions, crashes, memory_traps, idle_interruptions, idle_crashes }))
}

/// A running job's.
pub(in super::super) struct Lease {
    pub(in super::super) token: Token,
    pub(in super::super) cancel: bool,
    pub(in super::super) started_at: Timestamp,
    pub(in super::super) worker: WorkerId,
}

const ASKED: u8 = 4;

impl Lease {
    /// `None` for an empty record.
    pub(in super::super) fn read(record: &[u8]) -> Read<Option<Lease>> {
        if record.is_empty() {
            return Ok(None);
        }
        let mut words = Words(record);
        let token = read_token(words.word()?)?;
        words.word()?;
        let flags: u8 = words.parse()?;
        let started_at = Timestamp(words.parse()?);
        let worker = WorkerId::trusted(words.word()?);
        Ok(Some(Lease { token, cancel: flags & ASKED > 0, started_at, worker }))
    }
}

/// How a job ended.
pub(in super::super) struct Over {
    pub(in super::super) state: State,
    pub(in super::super) finished_at: Timestamp,
    /// The attempt that was its end, if one was.
    pub(in super::super) attempt: Option<LastAttempt>,
    pub(in super::super) step: Option<u8>,
    pub(in super::super) counters: Option<Counters>,
    pub(in super::super) fuel_used: u64,
    pub(in super::super) wall_ms: u64,
    pub(in super::super) reason: Option<String>,
    /// Output and report as they are stored; not there when the record was cut.
    rest: Vec<u8>,
    output_bytes: Option<usize>,
}

pub(in super::super) struct LastAttempt {
    pub(in super::super) number: u32,
    pub(in super::super) outcome: Outcome,
    pub(in super::super) started_at: Timestamp,
}

impl Over {
    /// `None` for an empty record.
    pub(in super::super) fn read(record: &[u8]) -> Read<Option<Over>> {
        if record.is_empty() {
            return Ok(None);
        }
        let mut words = Words(record);
        let state = state_of(words.word()?.chars().next().unwrap_or('-'))?;
        let finished_at = Timestamp(words.parse()?);
        let started_at: Option<u64> = words.maybe()?;
        words.word()?;
        let token = words.word()?;
        words.word()?;
        let outcome = words.word()?;
        let attempt = match started_at {
            Some(started_at) => Some(LastAttempt {
                number: read_token(token)?.attempt,
                outcome: outcome_of(outcome)?,
                started_at: Timestamp(started_at),
            }),
            None => None,
        };
        let step = words.maybe()?;
        let counters = counters(&mut words)?;
        let (fuel_used, wall_ms) = (words.parse()?, words.parse()?);
        let (reason_bytes, output_bytes) = (words.parse()?, words.maybe()?);
        let reason = text(words.take(reason_bytes)?.to_vec())?;
        let reason = matches!(state, State::Dead | State::Discarded).then_some(reason);
        let rest = words.rest().to_vec();
        Ok(Some(Over {
            state,
            finished_at,
            attempt,
            step,
            counters,
            fuel_used,
            wall_ms,
            reason,
            rest,
            output_bytes,
        }))
    }

    pub(in super::super) fn output(&self) -> Read<Option<Bytes>> {
        self.output_bytes.map(|bytes| unpack(self.rest.get(..bytes).unwrap_or_default())).transpose()
    }

    pub(in super::super) fn report(&self) -> Read<Bytes> {
        report(self.rest.get(self.output_bytes.unwrap_or(0)..).unwrap_or_default())
    }
}

/// A report; empty when the worker was lost.
fn report(packed: &[u8]) -> Read<Bytes> {
    if packed.is_empty() { Ok(Bytes::new()) } else { unpack(packed) }
}

/// An ended attempt that was not its job's end.
pub(in super::super) struct PastAttempt {
    pub(in super::super) number: u32,
    pub(in super::super) outcome: Outcome,
    pub(in super::super) started_at: Timestamp,
    pub(in super::super) ended_at: Timestamp,
    pub(in super::super) report: Bytes,
}

impl PastAttempt {
    /// `None` for an empty record. The report is empty when the worker was lost, and when the
    /// record was cut.
    pub(in super::super) fn read(record: &[u8]) -> Read<Option<PastAttempt>> {
        if record.is_empty() {
            return Ok(None);
        }
        let mut words = Words(record);
        let number = read_token(words.word()?)?.attempt;
        words.word()?;
        let outcome = outcome_of(words.word()?)?;
        let started_at = Timestamp(parse(words.word()?)?);
        let ended_at = Timestamp(parse(words.word()?)?);
        Ok(Some(PastAttempt { number, outcome, started_at, ended_at, report: report(words.rest())? }))
    }
}
