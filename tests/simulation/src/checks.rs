//! The last judgement: when the weather has been fair for long enough, every job has come to
//! its end, and what is in the store is what the ledger and the scripts say.

use cofferdam_queue::{JobFilter, JobId, State, Store};

use crate::guest::{chunk, part_name};
use crate::ledger::{Case, Ledger};
use crate::verdicts::{Checker, Violations};

/// Jobs that have not come to their end.
pub async fn unfinished(store: &dyn Store) -> u64 {
    let counts = store.counts().await.expect("the model answers");
    counts.iter().filter(|(state, _)| !state.is_final()).map(|(_, count)| count).sum()
}

/// Judges every job.
pub async fn judge(store: &dyn Store, ledger: &Ledger, violations: &Violations) {
    let cases = std::mem::take(&mut *ledger.cases());
    let listed = store.jobs(JobFilter { limit: usize::MAX, ..JobFilter::default() }).await;
    let listed = listed.expect("the model answers").len();
    if listed != cases.len() {
        violations.say(Checker::Judge, format!("the store has {listed} jobs; {} were enqueued", cases.len()));
    }
    for (id, case) in &cases {
        judge_job(store, id, case, violations).await;
        for number in case.children() {
            if !cases.contains_key(&id.child(number)) {
                violations.say(Checker::Judge, format!("{id}: its child {number} was not enqueued"));
            }
        }
    }
}

async fn judge_job(store: &dyn Store, id: &JobId, case: &Case, violations: &Violations) {
    let wrong =
        |what: String| violations.say(Checker::Judge, format!("{id} ({} starts): {what}", case.starts()));
    let Some(job) = store.job(id.clone()).await.expect("the model answers") else {
        return wrong("is lost".to_owned());
    };
    let reason = job.summary.reason.clone().unwrap_or_default();
    // What misfortune alone can do to a job: its workers were lost, or stood still until its
    // deadline had passed.
    let by_misfortune = ["its worker was lost", "too long"].iter().any(|cause| reason.starts_with(cause));
    match job.summary.state {
        State::Completed => {
            if case.position != case.script.acts.len() {
                wrong(format!("completed at {} of {}", case.position, case.script.acts.len()));
            }
            if job.output.as_deref() != Some(b"done") {
                wrong("completed without its output".to_owned());
            }
        }
        State::Cancelled if case.cancelled => {}
        State::Dead | State::Discarded if reason.is_empty() => wrong("ended without a reason".to_owned()),
        State::Dead if by_misfortune => {}
        State::Dead | State::Discarded if case.script.may_fail_for_good() => {}
        state => wrong(format!("is {state} at its end: `{reason}`")),
    }
    if job.checkpoint_count == 0 && case.position > 0 && job.summary.state != State::Completed {
        wrong("has lost its checkpoint".to_owned());
    }
    for part in 0..4 {
        let chunks = store.part(id.clone(), part_name(part)).await.expect("the model answers");
        let expected: Vec<_> = case.chunks(part).into_iter().map(chunk).collect();
        if chunks != expected {
            wrong(format!("part {part} has {chunks:?}; {expected:?} belong into it"));
        }
    }
}
