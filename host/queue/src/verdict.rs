//! From what an attempt ended as to what that means for the job.
//!
//! Computed by whoever holds the lease (its counters cannot change meanwhile), or
//! by a store that ends a lost one; written by the store in the same transaction.

use serde::{Deserialize, Serialize};

use crate::{Counters, FailureClass, Outcome, State, backoff_ms, host_error_backoff_ms};

/// The crash that makes a job dead, when no checkpoint progress lies between it and the first.
pub const CRASHES_MAX: u32 = 3;
/// From this many interruptions without progress on, a job is shown as `not_resumable`.
pub const IDLE_INTERRUPTIONS_MAX: u32 = 3;

/// All that a verdict depends on.
#[derive(Clone, Debug)]
pub struct Ending {
    /// What the sandbox saw.
    pub outcome: Outcome,
    /// What the job asked for; only read for `failed`.
    pub class: FailureClass,
    /// One sentence: what happened. Becomes the reason of a job that ends dead.
    pub message: String,
    /// Whether this attempt made a checkpoint durable that differs from the one it began with.
    pub progressed: bool,
    /// The counters at the claim.
    pub counters: Counters,
    /// The step of the memory ladder it ran under, 0 for the first.
    pub step: u8,
    /// The number of steps of the ladder, at least 1.
    pub steps: u8,
    /// The most failures that are retried.
    pub retries: u32,
    /// `fuel_total` or `timeout_total` is spent: no further attempt may start.
    pub total_spent: Option<&'static str>,
    /// Random bits for the jitter.
    pub random: u64,
}

/// Where a job that may run again lines up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Where it stood before it was claimed, ahead of all that came later.
    Front,
    /// Behind all that wait now.
    Back,
}

/// The state a job goes to, with what that state needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Its output is kept.
    Completed,
    /// May be claimed at once.
    Available(Place),
    /// After this many milliseconds, as a retry.
    Retryable(u64),
    /// After this many milliseconds, because the job wished so.
    Scheduled(u64),
    /// Given up, with the reason.
    Dead(String),
    /// Ended on request.
    Cancelled,
    /// Dropped by itself, with the reason.
    Discarded(String),
}

impl Next {
    /// The state this leads to.
    pub fn state(&self) -> State {
        match self {
            Next::Completed => State::Completed,
            Next::Available(_) => State::Available,
            Next::Retryable(_) => State::Retryable,
            Next::Scheduled(_) => State::Scheduled,
            Next::Dead(_) => State::Dead,
            Next::Cancelled => State::Cancelled,
            Next::Discarded(_) => State::Discarded,
        }
    }

    /// The same, for a job whose cancellation was asked for while the verdict was
    /// on its way: what would run again is cancelled, what has ended stays as it is.
    pub fn unless_cancelled(self, cancel_requested: bool) -> Next {
        if cancel_requested && !self.state().is_final() { Next::Cancelled } else { self }
    }
}

/// What an ending means for the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Where it goes.
    pub next: Next,
    /// Its counters from now on.
    pub counters: Counters,
    /// The step of the memory ladder its next attempt runs under.
    pub step: u8,
}

/// The verdict on an attempt whose worker saw it end.
pub fn settle(ending: &Ending) -> Verdict {
    let mut counters = ending.counters;
    if ending.progressed {
        counters.idle_interruptions = 0;
        counters.idle_crashes = 0;
    }
    let mut step = ending.step;
    let next = match ending.outcome {
        Outcome::Completed => Next::Completed,
        Outcome::Cancelled => Next::Cancelled,
        Outcome::Refused => Next::Dead(ending.message.clone()),
        Outcome::Failed => match ending.class {
            FailureClass::Retry => retry(ending, &mut counters, None),
            FailureClass::RetryIn(ms) => retry(ending, &mut counters, Some(ms)),
            FailureClass::Discard => Next::Discarded(ending.message.clone()),
            FailureClass::Kill => Next::Dead(ending.message.clone()),
            FailureClass::Snooze(ms) => Next::Scheduled(ms),
        },
        Outcome::Panicked | Outcome::Trapped | Outcome::TimeLimit => retry(ending, &mut counters, None),
        Outcome::MemoryLimit => {
            counters.memory_traps += 1;
            if step + 1 < ending.steps {
                step += 1;
                Next::Available(Place::Front)
            } else {
                again_if_progressed(ending, &mut counters, "memory")
            }
        }
        Outcome::FuelLimit => again_if_progressed(ending, &mut counters, "fuel"),
        Outcome::Interrupted => {
            let verdict = given_back(ending.counters, ending.progressed, ending.step);
            counters = verdict.counters;
            verdict.next
        }
        Outcome::WorkerLost => return worker_lost(ending.counters, ending.progressed, ending.step),
        Outcome::HostError => Next::Retryable(host_error_backoff_ms(ending.random)),
    };
    let next = match ending.total_spent {
        Some(total) if !next.state().is_final() => {
            Next::Dead(format!("{}; `{total}` of the job is spent", ending.message))
        }
        _ => next,
    };
    Verdict { next, counters, step }
}

/// The verdict on an attempt whose lease ran out. Passed by the store that ends it.
pub fn worker_lost(mut counters: Counters, progressed: bool, step: u8) -> Verdict {
    if progressed {
        counters.idle_crashes = 0;
        counters.idle_interruptions = 0;
    }
    counters.crashes += 1;
    counters.idle_crashes += 1;
    let next = if counters.idle_crashes >= CRASHES_MAX {
        Next::Dead(format!("its worker was lost {CRASHES_MAX} times without checkpoint progress in between"))
    } else {
        Next::Available(Place::Front)
    };
    Verdict { next, counters, step }
}

/// The verdict on an attempt that its worker gives back without an ending of its own:
/// it signs off, or never heard that it was given the job. An interruption.
pub fn given_back(mut counters: Counters, progressed: bool, step: u8) -> Verdict {
    if progressed {
        counters.idle_crashes = 0;
        counters.idle_interruptions = 0;
    }
    counters.interruptions += 1;
    counters.idle_interruptions += 1;
    let place = if progressed { Place::Front } else { Place::Back };
    Verdict { next: Next::Available(place), counters, step }
}

fn retry(ending: &Ending, counters: &mut Counters, delay_ms: Option<u64>) -> Next {
    counters.failures += 1;
    if counters.failures > ending.retries {
        return Next::Dead(match ending.retries {
            0 => format!("{} (retries = 0)", ending.message),
            retries => format!("{} (after {retries} retries)", ending.message),
        });
    }
    Next::Retryable(delay_ms.unwrap_or_else(|| backoff_ms(counters.failures, ending.random)))
}

/// A limit that the same attempt would meet again, unless it begins further on.
fn again_if_progressed(ending: &Ending, counters: &mut Counters, limit: &str) -> Next {
    if !ending.progressed {
        return Next::Dead(format!("{} (no checkpoint progress under this {limit})", ending.message));
    }
    counters.failures += 1;
    if counters.failures > ending.retries {
        return Next::Dead(format!("{} (after {} retries)", ending.message, ending.retries));
    }
    Next::Available(Place::Front)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(outcome: Outcome) -> Ending {
        Ending {
            outcome,
            class: FailureClass::Retry,
            message: "asked for 32 MiB".to_owned(),
            progressed: false,
            counters: Counters::default(),
            step: 0,
            steps: 1,
            retries: 25,
            total_spent: None,
            random: 0,
        }
    }

    #[test]
    fn every_verdict_is_a_legal_transition_from_running() {
        for outcome in Outcome::ALL {
            for class in [
                FailureClass::Retry,
                FailureClass::RetryIn(5),
                FailureClass::Discard,
                FailureClass::Kill,
                FailureClass::Snooze(5),
            ] {
                for progressed in [false, true] {
                    let verdict = settle(&Ending { class, progressed, ..ending(outcome) });
                    crate::transition(State::Running, crate::Event::Settle, verdict.next.state()).unwrap();
                }
            }
        }
    }

    #[test]
    fn the_retries_bound_failures_and_nothing_else() {
        let last = Ending {
            counters: Counters { failures: 25, ..Counters::default() },
            ..ending(Outcome::Panicked)
        };
        assert_eq!(settle(&last).next, Next::Dead("asked for 32 MiB (after 25 retries)".to_owned()));
        for outcome in [Outcome::Interrupted, Outcome::HostError] {
            let verdict = settle(&Ending { outcome, ..last.clone() });
            assert!(!verdict.next.state().is_final(), "{outcome}");
            assert_eq!(verdict.counters.failures, 25);
        }
    }

    #[test]
    fn a_memory_trap_climbs_the_ladder_and_ends_dead_on_its_top_without_progress() {
        let first = settle(&Ending { steps: 2, ..ending(Outcome::MemoryLimit) });
        assert_eq!((first.step, &first.next), (1, &Next::Available(Place::Front)));
        assert_eq!((first.counters.memory_traps, first.counters.failures), (1, 0));
        let top = settle(&Ending { step: 1, steps: 2, ..ending(Outcome::MemoryLimit) });
        assert!(matches!(top.next, Next::Dead(_)));
        let further = settle(&Ending { step: 1, steps: 2, progressed: true, ..ending(Outcome::MemoryLimit) });
        assert_eq!((further.step, further.next), (1, Next::Available(Place::Front)));
        assert_eq!(further.counters.failures, 1);
    }

    #[test]
    fn the_third_crash_without_progress_in_between_ends_dead() {
        let mut counters = Counters::default();
        for crash in 1..=2 {
            let verdict = worker_lost(counters, false, 0);
            assert_eq!(verdict.next, Next::Available(Place::Front), "crash {crash}");
            counters = verdict.counters;
        }
        assert_eq!(worker_lost(counters, true, 0).next, Next::Available(Place::Front));
        assert!(matches!(worker_lost(counters, false, 0).next, Next::Dead(_)));
    }

    #[test]
    fn an_interruption_with_progress_goes_to_the_front_and_clears_the_flag() {
        let idle = Counters { idle_interruptions: 2, interruptions: 2, ..Counters::default() };
        let without = settle(&Ending { counters: idle, ..ending(Outcome::Interrupted) });
        assert_eq!(without.next, Next::Available(Place::Back));
        assert!(without.counters.not_resumable());
        let with = settle(&Ending { counters: idle, progressed: true, ..ending(Outcome::Interrupted) });
        assert_eq!(with.next, Next::Available(Place::Front));
        assert!(!with.counters.not_resumable());
        assert_eq!(with.counters.interruptions, 3);
    }

    #[test]
    fn a_job_whose_total_is_spent_does_not_start_again() {
        let spent = Ending { total_spent: Some("fuel_total"), ..ending(Outcome::Interrupted) };
        assert_eq!(
            settle(&spent).next,
            Next::Dead("asked for 32 MiB; `fuel_total` of the job is spent".to_owned())
        );
        let done = Ending { total_spent: Some("fuel_total"), ..ending(Outcome::Completed) };
        assert_eq!(settle(&done).next, Next::Completed);
    }

    #[test]
    fn a_cancellation_on_its_way_ends_what_would_run_again_only() {
        assert_eq!(Next::Retryable(5).unless_cancelled(true), Next::Cancelled);
        assert_eq!(Next::Completed.unless_cancelled(true), Next::Completed);
    }
}
