//! A module that is ready, and the task that takes one guest from its start to its end.

use std::sync::Arc;

use cofferdam_queue::{JobId, Manifest, ModuleHash, SizeLimits, Timestamp};
use cofferdam_sandbox::{Attempt, Grant, JobFacts, LiveOutput, Program, Request, Resume, Shape};
use cofferdam_worker::{Compiled, Events, Guest, Start};

use super::ended::ended;
use super::guest::{self, Hold};
use super::guests::Guests;
use super::limits::{Budget, limits};
use super::logs::{Told, stream_lines};
use super::place::Place;
use super::report::Facts;

/// A module that is ready.
pub struct Ready {
    pub program: Program,
    pub module: ModuleHash,
    pub grants: Vec<Grant>,
    pub guests: Arc<Guests>,
    pub sizes: SizeLimits,
}

impl Compiled for Ready {
    fn start(&self, start: Start) -> Box<dyn Guest> {
        let Start { claimed, manifest, memory_bytes, fuel, timeout_ms, started_at, events } = start;
        let place = Place::of(claimed.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.next_effect));
        let told = Arc::new(Told::default());
        let parent = claimed.id.clone();
        let request = Request {
            job: JobFacts {
                id: claimed.id.to_string(),
                kind: claimed.kind.to_string(),
                queue: claimed.queue.to_string(),
                attempt: u64::from(claimed.token.attempt),
            },
            input: claimed.input.clone(),
            args: Vec::new(),
            grants: self.grants.clone(),
            limits: limits(&manifest, &Budget { memory_bytes, fuel, timeout_ms }, &self.sizes),
            resume: claimed
                .checkpoint
                .as_ref()
                .map(|checkpoint| Resume { state: checkpoint.state.clone(), next_effect: place.children() }),
            child_id: Arc::new(move |number| JobId::child(&parent, number).to_string()),
            live: Some(told.clone() as Arc<dyn LiveOutput>),
        };
        let (attempt, control) = self.program.attempt(request);
        let hold = Arc::new(Hold::new(control, claimed, told, self.sizes, started_at, place));
        self.guests.spawn(run(attempt, hold.clone(), self.facts(&hold, &manifest), events));
        Box::new(guest::Guest(hold))
    }
}

impl Ready {
    fn facts(&self, hold: &Hold, manifest: &Manifest) -> Facts {
        Facts {
            id: Some(hold.claimed.id.to_string()),
            attempt: Some(hold.claimed.token.attempt),
            kind: hold.claimed.kind.clone(),
            module: self.module,
            shape: self.program.inspection().shape,
            format: manifest.output,
            resumed: hold.claimed.checkpoint.is_some(),
            children: Vec::new(),
        }
    }
}

async fn run(mut attempt: Attempt, hold: Arc<Hold>, mut facts: Facts, events: Events) {
    let mut seen = loop {
        tokio::select! {
            biased;
            seen = &mut attempt => break seen,
            () = hold.control.changed() => events.changed(),
            () = hold.told.woken.notified() => events.changed(),
        }
    };
    // The guest's memory goes before anybody hears of its end.
    drop(attempt);
    let last = hold.last(seen.last.take(), std::mem::take(&mut seen.logs));
    let last = with_streams(last, &seen, &facts, hold.began);
    let (children, fault) = hold.concluded();
    facts.children = children;
    events.ended(ended(seen, facts, fault, last));
}

/// Streams that are not the result are read in the job's log.
fn with_streams(
    last: Option<cofferdam_worker::Pending>,
    seen: &cofferdam_sandbox::Report,
    facts: &Facts,
    began: Timestamp,
) -> Option<cofferdam_worker::Pending> {
    let attempt = facts.attempt.unwrap_or_default();
    let at = began + u64::try_from(seen.wall.as_millis()).unwrap_or(u64::MAX);
    let mut lines = Vec::new();
    if facts.shape == Shape::Job {
        lines.extend(stream_lines(&seen.stdout, "stdout", attempt, at));
    }
    lines.extend(stream_lines(&seen.stderr, "stderr", attempt, at));
    if lines.is_empty() {
        return last;
    }
    let mut last = last.unwrap_or_default();
    last.effects.logs.append(&mut lines);
    Some(last)
}
