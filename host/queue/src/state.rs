//! The states of a job and the one table of legal transitions.
//!
//! Nothing else in the house decides whether a job may go from one state to
//! another; the picture in `docs/LIFECYCLE.md` is compared with this table by a test.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum State {
    /// Due at a later time: pushed so, or snoozed by itself.
    Scheduled = 0,
    /// May be claimed now.
    Available = 1,
    /// Under a worker's lease.
    Running = 2,
    /// Failed (or met a fault of the host); due again after its backoff.
    Retryable = 3,
    /// For a slot, a limit, its children.
    Waiting = 4,
    /// Returned; its output is kept.
    Completed = 5,
    /// Given up, for a person to look at.
    Dead = 6,
    /// Ended because somebody asked for it.
    Cancelled = 7,
    /// Dropped by the job itself, or as a duplicate, or expired: with its reason.
    Discarded = 8,
}

/// What moves a job from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Its time has come.
    Promote,
    /// A worker takes it under a lease.
    Claim,
    /// Its attempt ends with a verdict, or its lease does.
    Settle,
    /// Somebody asks for its end.
    Cancel,
    /// Somebody wants it to run again, or sooner.
    Retry,
    /// Nobody needs it any longer.
    Expire,
}

use Event::*;
use State::*;

/// Every legal transition, as (from, event, to).
pub const TRANSITIONS: &[(State, Event, State)] = &[
    (Scheduled, Promote, Available),
    (Retryable, Promote, Available),
    (Waiting, Promote, Available),
    (Available, Claim, Running),
    (Running, Settle, Completed),
    (Running, Settle, Retryable),
    (Running, Settle, Available),
    (Running, Settle, Waiting),
    (Running, Settle, Scheduled),
    (Running, Settle, Dead),
    (Running, Settle, Cancelled),
    (Running, Settle, Discarded),
    (Scheduled, Cancel, Cancelled),
    (Available, Cancel, Cancelled),
    (Retryable, Cancel, Cancelled),
    (Waiting, Cancel, Cancelled),
    (Scheduled, Retry, Available),
    (Retryable, Retry, Available),
    (Dead, Retry, Available),
    (Cancelled, Retry, Available),
    (Discarded, Retry, Available),
    (Scheduled, Expire, Discarded),
    (Available, Expire, Discarded),
    (Retryable, Expire, Discarded),
    (Waiting, Expire, Discarded),
];

/// A move that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a job that is {from} cannot become {to} by {event:?}")]
pub struct IllegalTransition {
    /// Where the job stands.
    pub from: State,
    /// What was to move it.
    pub event: Event,
    /// Where it was to go.
    pub to: State,
}

/// Whether `event` may move a job from `from` to `to`. Every store asks before it writes.
pub fn transition(from: State, event: Event, to: State) -> Result<State, IllegalTransition> {
    if TRANSITIONS.contains(&(from, event, to)) { Ok(to) } else { Err(IllegalTransition { from, event, to }) }
}

impl State {
    /// All states, in the order of a job's life.
    pub const ALL: [State; 9] =
        [Scheduled, Available, Running, Retryable, Waiting, Completed, Dead, Cancelled, Discarded];

    /// No worker will touch the job again unless somebody asks for it.
    pub fn is_final(self) -> bool {
        matches!(self, Completed | Dead | Cancelled | Discarded)
    }

    /// The word for it, everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheduled => "scheduled",
            Available => "available",
            Running => "running",
            Retryable => "retryable",
            Waiting => "waiting",
            Completed => "completed",
            Dead => "dead",
            Cancelled => "cancelled",
            Discarded => "discarded",
        }
    }

    /// The state stored as this number; `None` for a number from a newer version.
    pub fn from_number(number: u8) -> Option<State> {
        State::ALL.get(usize::from(number)).copied()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;
    fn from_str(text: &str) -> Result<State, String> {
        State::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| {
            let all: Vec<_> = State::ALL.iter().map(|state| state.as_str()).collect();
            format!("`{text}` is not a state: use one of {}", all.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_state_is_its_place_and_its_word_parses_back() {
        for (place, state) in State::ALL.into_iter().enumerate() {
            assert_eq!(state as usize, place);
            assert_eq!(State::from_number(place as u8), Some(state));
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!(State::from_number(9), None);
    }

    #[test]
    fn only_a_running_job_settles_and_only_an_available_one_is_claimed() {
        for &(from, event, to) in TRANSITIONS {
            assert_eq!(event == Event::Settle, from == Running, "{from} {event:?} {to}");
            assert_eq!(event == Event::Claim, to == Running, "{from} {event:?} {to}");
            assert!(event != Event::Claim || from == Available);
        }
    }

    #[test]
    fn a_final_state_is_left_only_because_somebody_asks() {
        for &(from, event, _) in TRANSITIONS {
            assert!(!from.is_final() || event == Event::Retry);
        }
        assert!(!TRANSITIONS.iter().any(|&(from, ..)| from == Completed));
    }
}
