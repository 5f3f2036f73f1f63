//! Holds the store's word against the ledger's, job by job: nothing lost, nothing twice, and work
//! repeated only since a checkpoint.

use std::collections::BTreeMap;

use cofferdam_queue::{Outcome, State};
use serde::Serialize;

use super::guest::{Order, PART};
use super::ledger::{Entry, Word};
use super::survey::{Found, Survey};

/// What is wrong with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// A job, a child, a step or a result is not there.
    Lost,
    /// Something was kept that must not be there, or be there once.
    Twice,
    /// It is there once, and is not what it must be.
    Wrong,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub sort: Sort,
    pub job: String,
    pub what: String,
}

/// One attempt, as the ledger has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub worker: u32,
    pub began_at_ms: u64,
    pub last_at_ms: u64,
    /// The step it began at.
    pub began: u64,
    /// When each step was done.
    pub did: BTreeMap<u64, u64>,
    /// The last step that the host said is durable.
    pub durable: u64,
    /// It came to its end, which need not have been committed.
    pub ended: bool,
    /// It entered what no attempt enters: a step out of order, or a beginning after the first line.
    pub is_disorderly: bool,
}

/// The attempts of each job.
pub type Attempts<'a> = BTreeMap<&'a str, BTreeMap<u32, Told>>;

/// Everything that is wrong, and the ledger put in order.
#[derive(Debug, Default)]
pub struct Account<'a> {
    pub findings: Vec<Finding>,
    pub attempts: Attempts<'a>,
}

/// Holds them against each other.
pub fn hold<'a>(jobs: &[Order], survey: &Survey, entries: &'a [Entry]) -> Account<'a> {
    let mut account = Account { findings: Vec::new(), attempts: in_order(entries) };
    let none = BTreeMap::new();
    for job in jobs {
        let told = account.attempts.get(job.id.as_str()).unwrap_or(&none);
        let mut said: Vec<(Sort, String)> = Vec::new();
        match survey.found.get(&job.id) {
            None => said.push((Sort::Lost, "is not in the store".to_owned())),
            Some(found) => said.extend(of_store(job, found, told)),
        }
        said.extend(of_ledger(told));
        let name = |(sort, what)| Finding { sort, job: job.id.to_string(), what };
        account.findings.extend(said.into_iter().map(name));
    }
    account.findings.extend(survey.unexpected.iter().map(|id| Finding {
        sort: Sort::Twice,
        job: id.to_string(),
        what: "is in the store, and nobody ordered it".to_owned(),
    }));
    account
}

fn in_order(entries: &[Entry]) -> Attempts<'_> {
    let mut attempts = Attempts::new();
    for entry in entries {
        let told = attempts.entry(&entry.id).or_default().entry(entry.attempt).or_default();
        let is_first = told.began_at_ms == 0;
        let at = told.did.last_key_value().map_or(told.began, |(step, _)| *step);
        told.is_disorderly |= match entry.word {
            Word::Began => !is_first,
            Word::Did => entry.step != at + 1,
            Word::Durable | Word::Ended => entry.step != at,
        } || (!is_first && told.worker != entry.worker);
        match entry.word {
            Word::Began if is_first => {
                (told.worker, told.began, told.began_at_ms) = (entry.worker, entry.step, entry.at_ms);
            }
            Word::Began => {}
            Word::Did => drop(told.did.insert(entry.step, entry.at_ms)),
            Word::Durable => told.durable = entry.step,
            Word::Ended => told.ended = true,
        }
        told.last_at_ms = entry.at_ms;
    }
    attempts
}

/// What the store says of it.
fn of_store(job: &Order, found: &Found, told: &BTreeMap<u32, Told>) -> Vec<(Sort, String)> {
    let mut said = Vec::new();
    if found.state != State::Completed {
        let reason = found.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        return vec![(Sort::Lost, format!("is {}{reason}", found.state))];
    }
    if found.parent != job.parent {
        said.push((Sort::Wrong, format!("its parent is {:?}, not {:?}", found.parent, job.parent)));
    }
    let completed: Vec<u32> = found
        .attempts
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Completed)
        .map(|(attempt, _)| *attempt)
        .collect();
    match completed[..] {
        [completed] => {
            let last = told.keys().last().copied().unwrap_or_default();
            if last > completed {
                let what = format!("attempt {last} began although attempt {completed} had completed");
                said.push((Sort::Twice, what));
            }
            if !told.get(&completed).is_some_and(|told| told.ended) {
                said.push((Sort::Wrong, format!("attempt {completed} completed, and never came to its end")));
            }
        }
        [] => said.push((Sort::Lost, "is completed, and none of its attempts is".to_owned())),
        _ => said.push((Sort::Twice, format!("attempts {completed:?} completed"))),
    }
    said.extend(of_part(&job.part(), &found.part));
    let (must, is) = (job.output(), found.output.as_deref().map(String::from_utf8_lossy));
    match is {
        None => said.push((Sort::Lost, "has no output".to_owned())),
        Some(is) if is != must => said.push((Sort::Wrong, format!("its output is {is}, not {must}"))),
        Some(_) => {}
    }
    said
}

fn of_part(must: &[u8], is: &[u8]) -> Option<(Sort, String)> {
    let sort = match is.len().cmp(&must.len()) {
        std::cmp::Ordering::Less => Sort::Lost,
        std::cmp::Ordering::Greater => Sort::Twice,
        std::cmp::Ordering::Equal if is == must => return None,
        std::cmp::Ordering::Equal => Sort::Wrong,
    };
    let text = String::from_utf8_lossy(is);
    Some((sort, format!("its part `{PART}` is `{text}`, not {} letters in order", must.len())))
}

/// What the ledger alone tells: every attempt begins where the ones before it may have left off.
fn of_ledger(told: &BTreeMap<u32, Told>) -> Vec<(Sort, String)> {
    let (mut durable, mut furthest) = (0, 0);
    let mut said = Vec::new();
    for (attempt, told) in told {
        if told.is_disorderly {
            said.push((Sort::Twice, format!("attempt {attempt} entered lines that one attempt cannot")));
        }
        if told.began < durable {
            let what =
                format!("attempt {attempt} began after step {}, but step {durable} was durable", told.began);
            said.push((Sort::Lost, what));
        }
        if told.began > furthest {
            let what =
                format!("attempt {attempt} began after step {}, but only {furthest} were done", told.began);
            said.push((Sort::Lost, what));
        }
        durable = durable.max(told.durable);
        furthest = furthest.max(told.did.last_key_value().map_or(0, |(step, _)| *step));
    }
    said
}

#[cfg(test)]
mod tests;
