//! The model and another store side by side: asked the same, they must answer the same, and in
//! the end there must be the same to see.

use std::fmt::Debug;

use cofferdam_queue::*;

/// Where two answers part, with what stands around it; `None`: they are alike.
pub fn differ(what: &str, model: &impl Debug, other: &impl Debug, name: &str) -> Option<String> {
    let (model, other) = (format!("{model:#?}"), format!("{other:#?}"));
    if model == other {
        return None;
    }
    let differs = model.lines().zip(other.lines()).position(|(a, b)| a != b).unwrap_or(0);
    let near = |text: &str| {
        let lines = text.lines().skip(differs.saturating_sub(12)).take(24);
        lines.collect::<Vec<_>>().join("\n")
    };
    Some(format!(
        "model and `{name}` differ in {what}, at line {differs}:\n--- model\n{}\n--- other\n{}",
        near(&model),
        near(&other)
    ))
}

/// Everything there is to see of a store, question by question.
#[derive(Debug)]
pub struct Seen {
    pub jobs: Vec<JobSummary>,
    rest: Vec<(String, String)>,
}

impl Seen {
    pub async fn of(store: &dyn Store) -> Seen {
        let all = JobFilter { limit: 1_000, ..JobFilter::default() };
        let mut seen = Seen { jobs: store.jobs(all).await.unwrap(), rest: Vec::new() };
        for id in seen.jobs.iter().map(|job| job.id.clone()).collect::<Vec<_>>() {
            seen.add(&format!("job {id}"), &store.job(id.clone()).await);
            seen.add(&format!("attempts of {id}"), &store.attempts(id.clone()).await);
            seen.add(&format!("logs of {id}"), &store.logs(id.clone(), 2).await);
            for part in store.parts(id.clone()).await.unwrap() {
                let bytes = store.part(id.clone(), part.part.clone()).await;
                seen.add(&format!("part {} of {id}", part.part), &(part, bytes));
            }
        }
        let states = vec![State::Available, State::Retryable, State::Completed];
        let some = JobFilter { states, kind: Some(Kind::trusted("mail")), limit: 5, ..JobFilter::default() };
        seen.add("some jobs", &store.jobs(some).await);
        seen.add("workers", &store.workers().await);
        seen.add("modules", &store.modules().await);
        seen.add("counts", &store.counts().await);
        seen.add("queues", &busy_queues(store).await);
        seen
    }

    fn add(&mut self, question: &str, answer: &impl Debug) {
        self.rest.push((question.to_owned(), format!("{answer:#?}")));
    }

    /// Where there is something else to see; `None`: nowhere.
    pub fn differs_from(&self, other: &Seen, name: &str) -> Option<String> {
        let jobs = differ("the jobs", &self.jobs, &other.jobs, name);
        let mut pairs = self.rest.iter().zip(&other.rest);
        let found = jobs.or_else(|| {
            pairs.find(|(a, b)| a != b).map(|(a, b)| {
                format!("model and `{name}` differ in {}:\n--- model\n{}\n--- {}\n{}", a.0, a.1, b.0, b.1)
            })
        });
        found.or_else(|| differ("what is asked", &self.rest.len(), &other.rest.len(), name))
    }
}

/// A queue that once had jobs may still be shown.
async fn busy_queues(store: &dyn Store) -> Vec<QueueView> {
    let mut queues = store.queues().await.unwrap();
    queues.retain(|view| view.paused || view.available + view.running + view.scheduled > 0);
    queues
}
