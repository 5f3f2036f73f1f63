//! What the store says became of each job, read through the view that every surface has.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use cofferdam_queue::{JobFilter, JobId, Outcome, PartName, QueueName, State, Store};

use super::guest::{Order, PART, QUEUE};
use crate::failure::Failure;

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub state: State,
    pub reason: Option<String>,
    pub parent: Option<JobId>,
    pub output: Option<Bytes>,
    /// Every ended attempt, first to last.
    pub attempts: Vec<(u32, Outcome)>,
    /// Its part, put together.
    pub part: Vec<u8>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Survey {
    pub found: HashMap<JobId, Found>,
    /// Of this run by their names, and ordered by nobody.
    pub unexpected: Vec<JobId>,
}

/// Asks for every job of the run, and for those that nobody ordered.
pub async fn take(store: &dyn Store, jobs: &[Order]) -> Result<Survey, Failure> {
    let mut survey = Survey::default();
    for job in jobs {
        let Some(view) = store.job(job.id.clone()).await? else { continue };
        let attempts = store.attempts(job.id.clone()).await?;
        let chunks = store.part(job.id.clone(), PartName::trusted(PART)).await?;
        let found = Found {
            state: view.summary.state,
            reason: view.summary.reason,
            parent: view.parent,
            output: view.output,
            attempts: attempts.iter().map(|attempt| (attempt.attempt, attempt.outcome)).collect(),
            part: chunks.concat(),
        };
        survey.found.insert(job.id.clone(), found);
    }
    let run = jobs.first().map_or("", Order::run);
    let listed = JobFilter {
        queue: Some(QueueName::trusted(QUEUE)),
        // With room for as many again that should not be there.
        limit: 2 * jobs.len() + 1_000,
        ..JobFilter::default()
    };
    let listed = store.jobs(listed).await?.into_iter().map(|summary| summary.id);
    let ordered: HashSet<&JobId> = jobs.iter().map(|job| &job.id).collect();
    survey.unexpected =
        listed.filter(|id| id.as_str().starts_with(run)).filter(|id| !ordered.contains(id)).collect();
    Ok(survey)
}
