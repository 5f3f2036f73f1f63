//! What may happen in a run, as proptest draws it and makes it smaller.
//!
//! Numbers are taken modulo what there is, so that a run stays a run when steps go missing.

use proptest::prelude::*;
use proptest::strategy::Union;

use crate::ground::LEASE_MS;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its answer is heard.
    Answered,
    /// It arrives, and its answer is lost.
    AnswerLost,
    /// The network keeps it: the worker gives it up, and it may arrive at any time later.
    HeldBack,
}

/// What an attempt writes.
#[derive(Clone, Copy, Debug)]
pub struct Writes {
    /// A checkpoint.
    pub saved: bool,
    /// A chunk of work data. Without a checkpoint it does not outlive the attempt.
    pub chunk: bool,
    /// A child; only with a checkpoint, or with the job's end.
    pub child: bool,
    /// A log line.
    pub line: bool,
    /// Its end.
    pub end: Option<Ends>,
}

/// How an attempt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Completed,
    Retryable,
    Front,
    Back,
}

/// One thing that happens. Workers are 0 and 1.
#[derive(Clone, Debug)]
pub enum Step {
    /// Somebody pushes a job.
    Push,
    /// A guest wrote something: it is in its worker's group, to be sent with the next call.
    Write { worker: usize, attempt: usize, writes: Writes },
    /// A worker sends its group, and asks for jobs.
    Exchange { worker: usize, jobs_max: usize, fate: Fate },
    /// A worker renews its lease.
    Beat { worker: usize, fate: Fate },
    /// One of the calls that were held back arrives; if `again`, it will once more.
    Arrive { call: usize, again: bool },
    /// A worker sees by its own clock that its lease is over: it forgets what it ran, and signs on
    /// under another id. What it sent before may be on its way.
    ComeBack { worker: usize },
    /// Time passes.
    Pass { ms: u64 },
    /// Anybody tends the store.
    Tend,
}

/// A run.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 20..90)
}

fn step() -> Union<BoxedStrategy<Step>> {
    let worker = || 0..2_usize;
    Union::new_weighted(vec![
        (3, Just(Step::Push).boxed()),
        (
            10,
            (worker(), any::<u8>(), writes())
                .prop_map(|(worker, attempt, writes)| Step::Write { worker, attempt: attempt.into(), writes })
                .boxed(),
        ),
        (
            12,
            (worker(), 0..4_usize, fate())
                .prop_map(|(worker, jobs_max, fate)| Step::Exchange { worker, jobs_max, fate })
                .boxed(),
        ),
        (3, (worker(), fate()).prop_map(|(worker, fate)| Step::Beat { worker, fate }).boxed()),
        (
            7,
            (any::<u8>(), any::<bool>())
                .prop_map(|(call, again)| Step::Arrive { call: call.into(), again })
                .boxed(),
        ),
        (1, worker().prop_map(|worker| Step::ComeBack { worker }).boxed()),
        (5, (1..LEASE_MS / 2).prop_map(|ms| Step::Pass { ms }).boxed()),
        (2, Just(Step::Tend).boxed()),
    ])
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Answered),
        2 => Just(Fate::AnswerLost),
        2 => Just(Fate::HeldBack),
    ]
}

fn writes() -> impl Strategy<Value = Writes> {
    let end = prop_oneof![
        5 => Just(None),
        3 => Just(Some(Ends::Completed)),
        1 => Just(Some(Ends::Retryable)),
        1 => Just(Some(Ends::Front)),
        1 => Just(Some(Ends::Back)),
    ];
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), end)
        .prop_map(|(saved, chunk, child, line, end)| Writes { saved, chunk, child, line, end })
}
