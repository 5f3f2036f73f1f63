//! What a simulated job does, written down in its input: every attempt plays the same
//! acts, so what must come of it is known beforehand.

use bytes::Bytes;
use cofferdam_queue::FailureClass;
use serde::{Deserialize, Serialize};

use crate::dice::Dice;
use crate::kinds;

/// One thing that a guest does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Act {
    /// Takes so much time, and as much fuel.
    Work { us: u64 },
    /// Hands over its state: where it is in the script.
    Checkpoint,
    /// The same, and goes on only when that is durable.
    CheckpointNow,
    /// An effect: a chunk of one of four parts.
    Append { part: u8 },
    /// An effect: a child.
    Child(Box<Script>),
    /// A log line.
    Log,
    /// Ends with an error, in all attempts up to this one.
    Fail { class: FailureClass, until: u32 },
    /// Traps, in all attempts up to this one.
    Trap { until: u32 },
    /// Uses so much memory, and traps when its cap is lower.
    Need { mib: u64 },
    /// Runs until somebody ends it, in all attempts up to this one.
    Spin { until: u32 },
    /// Sits in a host call where nothing reaches it, in all attempts up to this one.
    Hang { ms: u64, until: u32 },
}

/// A whole job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Script {
    /// The job's kind.
    pub kind: String,
    /// What it does.
    pub acts: Vec<Act>,
}

impl Script {
    /// A script of this kind.
    pub fn new(kind: &str, acts: Vec<Act>) -> Script {
        Script { kind: kind.to_owned(), acts }
    }

    /// Any script.
    pub fn drawn(dice: &Dice, depth: u32) -> Script {
        let kind = *dice.one_of(kinds::ALL);
        let acts = (0..dice.within(1..12)).map(|_| Act::drawn(dice, depth)).collect();
        Script::new(kind, acts)
    }

    /// As a job's input.
    pub fn to_input(&self) -> Bytes {
        // Unwrap safety: a script has only keys that JSON can have.
        Bytes::from(serde_json::to_vec(self).expect("a script as JSON"))
    }

    /// From a job's input.
    pub fn of(input: &[u8]) -> Script {
        serde_json::from_slice(input).expect("every input in a simulation is a script")
    }

    /// The acts before `position` that are effects, with their numbers.
    pub fn effects_before(&self, position: usize) -> impl Iterator<Item = (u64, &Act)> {
        let acts = self.acts[..position].iter();
        let effects = acts.filter(|act| act.is_effect());
        effects.enumerate().map(|(number, act)| (number as u64, act))
    }

    /// [`Script::next_effect`] of every position, in one go.
    pub fn numbers(&self) -> Vec<u64> {
        let mut number = 0;
        let counted = self.acts.iter().map(|act| {
            number += u64::from(act.is_effect());
            number
        });
        std::iter::once(0).chain(counted).collect()
    }

    /// The number of the first effect at or after `position`.
    pub fn next_effect(&self, position: usize) -> u64 {
        self.effects_before(position).count() as u64
    }

    /// Whether it may end otherwise than completed though nobody cancels or kills it.
    pub fn may_fail_for_good(&self) -> bool {
        let manifest = kinds::manifest(&self.kind);
        let largest = manifest.memory_ladder_bytes.last().copied().unwrap_or_default();
        let retries = manifest.retries;
        // Each of these may cost one retry in the same attempt's life.
        let mut failures = 0;
        let deadly = self.acts.iter().any(|act| match act {
            Act::Fail { class: FailureClass::Discard | FailureClass::Kill, .. } => true,
            Act::Fail { class: FailureClass::Snooze(_), until } => *until > 3,
            Act::Fail { until, .. } | Act::Trap { until } | Act::Spin { until } | Act::Hang { until, .. } => {
                failures += until;
                false
            }
            Act::Need { mib } => mib << 20 > largest,
            _ => false,
        });
        deadly || failures > retries || self.kind == kinds::REFUSED || manifest.fuel_total.is_some()
    }
}

impl Act {
    fn is_effect(&self) -> bool {
        matches!(self, Act::Append { .. } | Act::Child(_))
    }

    fn drawn(dice: &Dice, depth: u32) -> Act {
        let until = dice.within(1..3) as u32;
        match dice.within(0..100) {
            0..30 => Act::Work { us: *dice.one_of(&[20, 200, 3_000, 50_000, 900_000, 4_000_000]) },
            30..50 => Act::Checkpoint,
            50..56 => Act::CheckpointNow,
            56..70 => Act::Append { part: dice.within(0..4) as u8 },
            70..76 if depth > 0 => Act::Child(Box::new(Script::drawn(dice, depth - 1))),
            76..80 => Act::Log,
            80..85 => {
                let class = *dice.one_of(&[
                    FailureClass::Retry,
                    FailureClass::Retry,
                    FailureClass::RetryIn(700),
                    FailureClass::Snooze(1_500),
                    FailureClass::Discard,
                    FailureClass::Kill,
                ]);
                Act::Fail { class, until }
            }
            85..89 => Act::Trap { until },
            89..94 => Act::Need { mib: *dice.one_of(&[8, 40, 200, 500]) },
            94..95 => Act::Spin { until: 1 },
            95..96 => Act::Hang { ms: dice.within(1..40_000), until: 1 },
            _ => Act::Work { us: 500 },
        }
    }
}
