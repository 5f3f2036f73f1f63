//! Each thing that could go wrong with a job is found, and told by its name.

use bytes::Bytes;
use cofferdam_queue::JobId;

use super::*;

/// One job of four steps: its first attempt, on worker 1, died after step 3, of which 2 were
/// durable; the second, on worker 2, completed.
fn right() -> (Vec<Order>, Survey, Vec<Entry>) {
    let job = Order { id: JobId::trusted("run-0"), parent: None, steps: 4, every: 0, step_ms: 1 };
    let found = Found {
        state: State::Completed,
        reason: None,
        parent: None,
        output: Some(Bytes::from(job.output())),
        attempts: vec![(1, Outcome::WorkerLost), (2, Outcome::Completed)],
        part: job.part(),
    };
    let mut survey = Survey::default();
    survey.found.insert(job.id.clone(), found);
    let lines = [
        (1, Word::Began, 0),
        (1, Word::Did, 1),
        (1, Word::Did, 2),
        (1, Word::Durable, 2),
        (1, Word::Did, 3),
        (2, Word::Began, 2),
        (2, Word::Did, 3),
        (2, Word::Did, 4),
        (2, Word::Ended, 4),
    ];
    let entry = |(index, (attempt, word, step)): (usize, (u32, Word, u64))| Entry {
        at_ms: 1_000 + 10 * index as u64,
        worker: attempt,
        id: "run-0".to_owned(),
        attempt,
        word,
        step,
    };
    (vec![job], survey, lines.into_iter().enumerate().map(entry).collect())
}

/// What is found when this was done to it.
#[track_caller]
fn found_after(spoil: impl FnOnce(&mut Found, &mut Vec<Entry>)) -> Vec<(Sort, String)> {
    let (jobs, mut survey, mut entries) = right();
    spoil(survey.found.get_mut(&jobs[0].id).unwrap(), &mut entries);
    hold(&jobs, &survey, &entries).findings.into_iter().map(|finding| (finding.sort, finding.what)).collect()
}

#[track_caller]
fn is(found: &[(Sort, String)], sort: Sort, what: &str) {
    assert!(found.iter().any(|(as_, text)| *as_ == sort && text.contains(what)), "{found:?}");
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(found_after(|_, _| {}), []);
}

#[test]
fn a_job_that_is_not_there_or_not_completed_is_lost() {
    let (jobs, _, entries) = right();
    let account = hold(&jobs, &Survey::default(), &entries);
    assert_eq!((account.findings.len(), account.findings[0].sort), (1, Sort::Lost));
    let dead = found_after(|found, _| {
        (found.state, found.reason) = (State::Dead, Some("crashed".to_owned()));
    });
    is(&dead, Sort::Lost, "is dead: crashed");
    is(&found_after(|found, _| found.output = None), Sort::Lost, "has no output");
}

#[test]
fn a_job_that_nobody_ordered_is_found() {
    let (jobs, mut survey, entries) = right();
    survey.unexpected.push(JobId::trusted("run-0.0"));
    let account = hold(&jobs, &survey, &entries);
    assert_eq!((account.findings.len(), account.findings[0].sort), (1, Sort::Twice));
}

#[test]
fn letters_of_a_part_are_missed_and_counted() {
    is(&found_after(|found, _| found.part.truncate(3)), Sort::Lost, "`abc`");
    is(&found_after(|found, _| found.part.push(b'd')), Sort::Twice, "`abcdd`");
    is(&found_after(|found, _| found.part.swap(0, 1)), Sort::Wrong, "`bacd`");
}

#[test]
fn a_result_of_other_steps_is_wrong() {
    is(&found_after(|found, _| found.output = Some(Bytes::from_static(b"[4,7]"))), Sort::Wrong, "[4,7]");
    is(&found_after(|found, _| found.parent = Some(JobId::trusted("b"))), Sort::Wrong, "parent");
}

#[test]
fn a_second_completion_is_found_in_the_store_and_in_the_ledger() {
    let twice = found_after(|found, _| found.attempts[0].1 = Outcome::Completed);
    is(&twice, Sort::Twice, "[1, 2] completed");
    let again = found_after(|_, entries| {
        let began = Entry { at_ms: 2_000, attempt: 3, word: Word::Began, step: 3, ..entries[0].clone() };
        entries.push(began);
    });
    is(&again, Sort::Twice, "attempt 3 began although attempt 2 had completed");
}

#[test]
fn a_completion_without_an_end_or_without_an_attempt_is_found() {
    is(&found_after(|_, entries| drop(entries.pop())), Sort::Wrong, "never came to its end");
    let none = found_after(|found, _| found.attempts[1].1 = Outcome::Interrupted);
    is(&none, Sort::Lost, "none of its attempts is");
}

#[test]
fn durable_steps_that_are_repeated_are_lost() {
    let repeated = found_after(|_, entries| {
        entries[5].step = 1;
        entries.insert(6, Entry { step: 2, ..entries[6].clone() });
    });
    is(&repeated, Sort::Lost, "attempt 2 began after step 1, but step 2 was durable");
}

#[test]
fn steps_that_nobody_did_are_lost() {
    let skipped = found_after(|_, entries| {
        entries[5].step = 4;
        entries.drain(6..8);
    });
    is(&skipped, Sort::Lost, "attempt 2 began after step 4, but only 3 were done");
}

#[test]
fn an_attempt_that_two_workers_ran_is_found() {
    is(&found_after(|_, entries| entries[7].worker = 9), Sort::Twice, "attempt 2");
    is(&found_after(|_, entries| entries[3].attempt = 2), Sort::Twice, "attempt 2");
}
